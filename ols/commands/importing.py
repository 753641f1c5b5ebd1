"""`ols import`: brings the runs of other trackers into a lab, each once."""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from rich.console import Console
from rich.progress import MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

from ols.client import checks
from ols.client.connection import Connection
from ols.client.delivery import MOST_POINTS
from ols.client.lab import Lab
from ols.commands.importers.mlflow_store import read_mlflow
from ols.commands.importers.source import SourceRun
from ols.commands.importers.tables import read_csv, read_parquet
from ols.commands.importers.tensorboard_dir import read_tensorboard
from ols.commands.importers.trackio_dir import read_trackio
from ols.commands.output import print_json, print_table
from ols.errors import LabRefused

_MOST_VALUES = 100_000  # in a request, which may have 16 MiB

READERS: dict[str, Callable[[str], Iterator[SourceRun]]] = {
    "csv": read_csv,
    "parquet": read_parquet,
    "tensorboard": read_tensorboard,
    "mlflow": read_mlflow,
    "trackio": read_trackio,
}


@dataclass(frozen=True)
class Imported:
    """What became of one run: `outcome` is imported, known already, empty, or a refusal."""

    name: str
    run_id: int | None
    values: int
    outcome: str
    left_out: dict[str, int]


def import_runs(options: argparse.Namespace) -> int:
    """1 where the lab refused a run; the others are imported all the same."""
    connection = Lab(options.url).connection
    outcomes = []
    columns = (SpinnerColumn(), TextColumn("{task.description}"), MofNCompleteColumn())
    bar = Progress(
        *(*columns, TimeElapsedColumn()),
        console=Console(stderr=True),
        transient=True,
        disable=not sys.stderr.isatty(),
    )
    with bar:
        task = bar.add_task("reading", total=None)
        for run in READERS[options.source](options.place):
            bar.update(task, description=f"importing {run.name}")
            outcomes.append(bring_in(connection, options.source, run))
            bar.advance(task)
    if options.json:
        print_json([vars(outcome) for outcome in outcomes])
    else:
        _print(outcomes)
    return 1 if any(outcome.outcome.startswith("refused") for outcome in outcomes) else 0


def bring_in(connection: Connection, source: str, run: SourceRun) -> Imported:
    """Sends a run under a key of its identity, so that it is one run however often it is read.

    A run that was cut short by Ctrl-C is continued. Raises LabUnreachable.
    """
    left_out = dict(run.left_out)
    if not run.values:
        return Imported(run.name, None, 0, "empty", left_out)
    try:
        answer = connection.post("/api/runs/logged", _body(source, run))
        if answer["state"] == "finished":
            return Imported(run.name, answer["id"], 0, "known already", left_out)
        for points in _requests(run):
            body = json.dumps({"points": points}).encode()
            connection.post_packed(f"/api/runs/{answer['id']}/log", body)
        connection.post(f"/api/runs/{answer['id']}/finish", {"state": run.state})
    except LabRefused as refusal:
        return Imported(run.name, None, 0, f"refused: {refusal}", left_out)
    return Imported(run.name, answer["id"], run.values, "imported", left_out)


def _requests(run: SourceRun) -> Iterator[list[dict[str, Any]]]:
    """Its points in requests that the lab takes."""
    points: list[dict[str, Any]] = []
    values = 0
    for point in run.points():
        points.append(point)
        values += len(point["metrics"])
        if len(points) == MOST_POINTS or values >= _MOST_VALUES:
            yield points
            points, values = [], 0
    if points:
        yield points


def _body(source: str, run: SourceRun) -> dict[str, Any]:
    digest = hashlib.sha256(run.identity.encode()).hexdigest()[:32]
    return {
        "name": run.name[: checks.MOST_NAME],
        "key": f"{source}-{digest}",
        "config": checks.config(run.config),
        "tags": [tag[:64] for tag in (source, *run.tags)],
        "notes": run.notes[:20_000],
    }


def _print(outcomes: list[Imported]) -> None:
    print_table(
        ("run", "name", "values", "outcome", "left out"),
        (
            (each.run_id, each.name, each.values, each.outcome, _left_out(each.left_out))
            for each in outcomes
        ),
    )
    count = sum(each.outcome == "imported" for each in outcomes)
    print(f"{count} of {len(outcomes)} runs imported")


def _left_out(reasons: dict[str, int]) -> str:
    return "; ".join(f"{count:,} {reason}" for reason, count in reasons.items() if count)
