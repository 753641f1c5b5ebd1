"""Queries of metrics, comparisons, matrices, estimates."""

from __future__ import annotations

import time

import numpy as np
import pytest

from backend.store import compare, matrices, matrix_rows, metrics, run_index
from backend.store import time_estimate as estimate
from backend.store.database import Database
from backend.store.errors import NotFound
from tests.support import factories as make


def test_series_have_one_value_an_epoch(database: Database) -> None:
    run_id = make.submit(database)
    claim = make.claim(database)
    make.record(database, claim, 1)
    make.record(database, claim, 2, zeta=0.5, train_loss=1.0)
    with database.read() as session:
        assert metrics.series(session, run_id) == {
            "names": ["val_top1", "val_loss", "train_loss", "zeta"],
            "epochs": [1, 2],
            "values": {
                "train_loss": [None, 1.0],
                "val_loss": [1.0, 0.5],
                "val_top1": [0.01, 0.02],
                "zeta": [None, 0.5],
            },
        }
        assert metrics.series(session, run_id, names=["val_top1", "nope"], after=1) == {
            "names": ["val_top1", "nope"],
            "epochs": [2],
            "values": {"val_top1": [0.02], "nope": [None]},
        }


def test_a_comparison_is_aligned(database: Database) -> None:
    short = make.trained(database, epochs=2, method="hard")
    long = make.trained(database, epochs=4, seed=3)
    with make.counted(database) as statements, database.read() as session:
        found = compare.compare(session, [long, short])
    assert len(statements) == 4  # runs, their forks, their epochs
    assert [run["id"] for run in found["runs"]] == [long, short]
    assert found["epochs"] == [1, 2, 3, 4]
    assert found["series"]["val_top1"] == [[0.01, 0.02, 0.03, 0.04], [0.01, 0.02, None, None]]
    differing = {row["path"]: row["values"] for row in found["differences"]}
    assert differing["method.name"] == ["ols", "hard"]
    assert differing["method.alpha"] == [0.5, None]
    assert differing["seed"] == [3, 0]
    assert "epochs" not in differing
    assert found["summary"][0]["metrics"]["val_top1"]["best_epoch"] == 4


def test_equal_specs_do_not_differ() -> None:
    one = {"spec": make.spec().model_dump(mode="json")}
    assert compare.differences([one, dict(one)]) == []


def test_matrices_are_listed_by_kind(database: Database) -> None:
    run_id = make.trained(database, epochs=2)
    with database.read() as session:
        found = matrices.listing(session, run_id)
        version = matrices.version(session, run_id, "soft_labels", 2)
        frame = matrices.frame(session, run_id, "soft_labels", 2, preview=True)
    assert [(m["kind"], m["epochs"], m["k"]) for m in found] == [
        ("soft_labels", [0, 1, 2], 3),
        ("confusion", [1, 2], 3),
        ("val_probs", [1, 2], 3),
    ]
    assert found[0]["versions"][2] == version == frame.version
    assert frame.shape == (3, 3)


def test_a_class_strip_is_a_row_over_all_epochs(database: Database) -> None:
    run_id = make.trained(database, epochs=3, k=4)
    with database.read() as session:
        for kind in ("soft_labels", "confusion"):
            strip, epochs = matrix_rows.class_strip(session, run_id, kind, 2)
            rows = [matrices.frame(session, run_id, kind, e).decode()[2] for e in epochs]
            np.testing.assert_array_equal(strip.decode(), np.stack(rows))
            assert epochs == [0, 1, 2, 3][kind == "confusion" :]
        for kind, row in (("soft_labels", 4), ("nope", 0)):
            with pytest.raises(NotFound):
                matrix_rows.class_strip(session, run_id, kind, row)


def test_an_estimate_scales_past_runs(database: Database) -> None:
    with database.read() as session:
        assert estimate.estimate(session, make.spec()) == (None, 0)
    began = time.monotonic()
    for seconds in (2.0, 3.0, 10.0):
        run_id = make.trained(database, dataset="glyphs")
        summary = {"epoch_seconds": {"last": seconds, "best": seconds, "best_epoch": 1}}
        with database.write() as session:
            run_index.index_summary(session, run_id, summary)
    made = time.monotonic() - began  # runs that were made slowly took so much beside their epochs
    make.trained(database, dataset="glyphs")  # knows no time
    glyphs = {"name": "glyphs", "train_per_class": 300}  # the recipe has 150
    with database.read() as session:
        assert estimate.estimate(session, make.spec(dataset="digits")) == (None, 0)
        assert estimate.estimate(session, make.spec(dataset="glyphs", epochs=7)) == (
            pytest.approx(21.0, abs=0.5 + made),
            3,
        )
        assert estimate.estimate(session, make.spec(dataset=glyphs, epochs=7)) == (
            pytest.approx(42.0, abs=0.5 + made),
            3,
        )
        held_out = make.spec(dataset=glyphs, epochs=10, eval_on="holdout", holdout=0.5)
        assert estimate.estimate(session, held_out) == (pytest.approx(30.0, abs=0.5 + made), 3)
