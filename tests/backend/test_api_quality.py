from __future__ import annotations

from typing import Any

import numpy as np

from backend.measures import MEASURES
from backend.store.database import Database
from ols.soft_label_quality import SoftLabelQuality
from tests.backend import factories as make

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
