"""Runs of an MLflow tracking server or store, read by MLflow's own client: parameters become the
config, metrics stay by step. Artifacts and models are left out."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from ols.client.states import CANCELLED, FAILED, FINISHED
from ols.commands.importers.source import SourceRun

_STATES = {"FINISHED": FINISHED, "FAILED": FAILED, "KILLED": CANCELLED}
_PAGE = 1000
_OWN_TAGS = "mlflow."


def read_mlflow(uri: str) -> Iterator[SourceRun]:
    """`uri` as MLflow takes it: an address, `sqlite:///mlflow.db`, a folder `mlruns`."""
    from mlflow import MlflowClient

    os.environ.setdefault("MLFLOW_ALLOW_FILE_STORE", "true")  # it refuses folders of its own else
    client = MlflowClient(tracking_uri=uri)
    for experiment in client.search_experiments():
        token = None
        while True:
            page = client.search_runs(
                [experiment.experiment_id], max_results=_PAGE, page_token=token
            )
            for run in page:
                yield _run(client, experiment.name, run)
            token = page.token
            if not token:
                break


def _run(client: Any, experiment: str, run: Any) -> SourceRun:
    info, data = run.info, run.data
    source = SourceRun(
        info.run_id,
        info.run_name or info.run_id,
        {name: _value(text) for name, text in data.params.items()},
        [experiment],
        data.tags.get("mlflow.note.content", ""),
        _STATES.get(info.status, FINISHED),
    )
    for name in data.metrics:
        for metric in client.get_metric_history(info.run_id, name):
            time = datetime.fromtimestamp(metric.timestamp / 1000, UTC)
            source.add("step", metric.step, name, metric.value, time)
    source.left_out["tags"] += sum(not name.startswith(_OWN_TAGS) for name in data.tags)
    source.left_out["artifacts"] += len(client.list_artifacts(info.run_id))
    return source


def _value(text: str) -> Any:
    """MLflow keeps parameters as text; a number is one again, so that it can be filtered by."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return text
