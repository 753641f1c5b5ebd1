"""What docs/add-a-metric.md promises of pages and API; test_guides.py runs it in its copy."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from backend.store import claims, recorder
from backend.store.database import Database
from ols.__main__ import main
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from tests.support import factories as make

NAME, SHORT = "val_confidence", "val confidence"


def trained(database: Database, data_dir: Path) -> int:
    """A run of one epoch, as a worker records it."""
    run_id = make.submit(database, epochs=1)
    claim = make.claim(database)
    trainer = Trainer(RunSpec.parse(claim.spec), data_dir=data_dir, threads=1)
    with database.write() as session:
        recorder.record_info(session, claim, trainer.info)
    for report in trainer:
        with database.write() as session:
            recorder.record_epoch(session, claim, report, make.LEASE)
    with database.write() as session:
        claims.finish(session, claim)
    return run_id


def figures(page: str) -> list[dict[str, Any]]:
    """The charts of a page."""
    data = r'<metric-chart.*?<script type="application/json">(.*?)</script>'
    return [json.loads(text) for text in re.findall(data, page, re.DOTALL)]


def test_it_is_on_every_page_and_in_the_api(
    client: Any, database: Database, tmp_path: Path
) -> None:
    run_id = trained(database, tmp_path)
    series = client.get(f"/api/runs/{run_id}/metrics").json()
    assert series["names"].index(NAME) == series["names"].index("val_ece") + 1, "the order"
    (value,) = series["values"][NAME]
    assert 0.1 < value <= 1

    chart = figures(client.get(f"/runs/{run_id}").text)[0]
    assert f"{SHORT} (test)" in [trace["name"] for trace in chart["data"]]

    compared = client.get(f"/compare?runs={run_id}").text
    assert any(
        {"id": NAME, "title": SHORT}.items() <= group.items()
        for figure in figures(compared)
        for group in figure["groups"]
    )

    table = client.get(f"/table?metric={NAME}").text
    assert f'<option value="{NAME}" selected>Validation mean confidence</option>' in table
    assert f"{100 * value:.2f}" in table

    runs = client.get(f"/?columns={NAME}.last&sort=-{NAME}.last").text
    assert f">Last {SHORT}</a>" in runs
    assert f"{100 * value:.1f}%" in runs
    assert f'<option value="{NAME}.best">Best {SHORT}</option>' in runs, "to filter by"
    found = client.get("/api/runs", params={"where": f"{NAME}.last>0.1"}).json()
    assert [run["id"] for run in found["runs"]] == [run_id]

    report = client.get(f"/reports/runs/{run_id}")
    assert "Validation mean confidence" in report.text


def test_the_command_line_lists_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["catalogue"]) == 0
    listed = capsys.readouterr().out
    assert "validation mean confidence: every epoch" in listed
    assert "test_ensemble_confidence" in listed
