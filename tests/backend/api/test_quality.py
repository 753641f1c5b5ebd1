from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pytest
from sqlalchemy import insert

from backend.analysis.figures.quality import MEASURES
from backend.store import recorder
from backend.store.database import Database
from backend.store.tables import Epoch
from ols.measures.soft_label_quality import SoftLabelQuality
from tests.support import factories as make

SOFT = np.full((3, 3), 1 / 3, np.float32)


def measured() -> dict[str, float]:
    """What a trainer measures of a noisy run whose superclasses are known."""
    quality = SoftLabelQuality(SOFT, "aab", np.eye(3) * 0.8 + 0.2 / 3)
    return quality.measure(SOFT, np.eye(3, dtype=np.uint32))


def test_every_measure_of_the_trainer_has_a_title(database: Database) -> None:
    assert set(measured()) == {
        measure.name for measure in MEASURES if measure.name.startswith("soft_")
    }
    assert all(measure.title and measure.help for measure in MEASURES)


def test_a_runs_measures_by_epoch(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    taken = make.claim(database)
    make.record(database, taken, 1)  # as an older version did
    make.record(database, taken, 2, 3, **{**measured(), "train_memorized": 0.25})
    found = client.get(f"/api/runs/{run_id}/quality").json()
    assert found["epochs"] == [1, 2, 3]
    assert found["values"]["soft_target"] == [None, *[float(np.mean(np.diag(SOFT)))] * 2]
    assert found["values"]["train_memorized"] == [None, 0.25, 0.25]
    assert "train_clean_top1" not in found["values"]  # never measured
    assert "soft_rank_confusion" not in found["values"]  # NaN throughout: constant soft labels
    assert [measure["name"] for measure in found["measures"]] == [
        measure.name for measure in MEASURES if measure.name in found["values"]
    ]


def test_a_run_of_an_older_version_has_none(client: Any, database: Database) -> None:
    run_id = make.trained(database)
    empty = {"epochs": [], "values": {}, "measures": []}
    assert client.get(f"/api/runs/{run_id}/quality").json() == empty
    assert client.get("/api/runs/999/quality").status_code == 404


def test_reliability_before_and_after_scaling(client: Any, database: Database) -> None:
    run_id = make.submit(database, eval_on="holdout")
    taken = make.claim(database)
    make.record(database, taken, 1)  # as an older version did
    diagram = np.full((2, 15, 3), np.nan, np.float32)
    diagram[:, :, 0] = 0
    diagram[0, 14], diagram[1, 12] = (8, 0.97, 0.75), (8, 0.84, 0.75)
    metrics = {"val_ece": 0.22, "val_ece_scaled": 0.09, "val_temperature": 2.5}
    with database.write() as session:
        report = replace(make.report(2, **metrics), reliability=diagram)
        recorder.record_epoch(session, taken, report, make.LEASE)
    found = client.get(f"/api/runs/{run_id}/reliability").json()
    assert (found["split"], found["fitted_on"]) == ("holdout", "holdout")
    assert found["epochs"] == [2]
    assert (found["bins"][0], found["bins"][-1], len(found["bins"])) == (0, 1, 16)
    raw, scaled = found["raw"], found["scaled"]
    assert raw["count"] == [[0] * 14 + [8]]
    assert raw["accuracy"] == [[None] * 14 + [0.75]]
    assert raw["confidence"][0][14] == pytest.approx(0.97)
    assert (raw["ece"], scaled["ece"], scaled["temperature"]) == ([0.22], [0.09], [2.5])
    assert scaled["count"][0][12] == 8


def test_a_run_without_diagrams_has_empty_lists(client: Any, database: Database) -> None:
    run_id = make.trained(database)
    found = client.get(f"/api/runs/{run_id}/reliability").json()
    assert (found["bins"], found["epochs"], found["raw"]["count"]) == ([], [], [])
    assert client.get("/api/runs/999/reliability").status_code == 404


def test_a_long_run_sends_as_many_points_as_a_chart_has_pixels(
    client: Any, database: Database
) -> None:
    """The page too, whose curves end where the run is and whose lowest loss is not lost."""
    run_id = make.submit(database, epochs=10_000)
    claim = make.claim(database)
    values = {"soft_entropy": 0.5}
    make.record(database, claim, 1, **values)
    rows = [
        {
            **{"run_id": run_id, "epoch": epoch, "attempt": 1, "warnings": []},
            **{"metrics": {"val_loss": 0.001 if epoch == 777 else 1.0, **values}},
            **{"recorded_at": datetime.now(UTC)},
        }
        for epoch in range(2, 10_001)
    ]
    with database.write() as session:
        session.execute(insert(Epoch), rows)
    path = f"/api/runs/{run_id}/quality"
    assert len(client.get(path).json()["epochs"]) == 10_000
    assert len(client.get(f"{path}?max_points=2000").json()["epochs"]) <= 2000
    page = client.get(f"/runs/{run_id}").text
    chart = page.split('data-testid="loss-chart"')[1]
    figure = json.loads(chart.split('<script type="application/json">')[1].split("</script>")[0])
    loss = next(t for t in figure["data"] if t["meta"]["metric"] == "val_loss")
    assert len(loss["x"]) <= 2000
    assert (loss["x"][0], loss["x"][-1]) == (1, 10_000)
    assert loss["y"][loss["x"].index(777)] == 0.001
