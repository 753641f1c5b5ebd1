"""What a loop logs, in the store: also on PostgreSQL (tests/services)."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from backend.core.run_states import RunState
from backend.store import logged_points, logged_runs, long_form, metrics, run_table, runs
from backend.store.conditions import parse
from backend.store.database import Database
from backend.store.groups import groups
from backend.store.listing import RunQuery
from backend.store.logged_points import LoggedPoints
from backend.store.thinning import LEAST, thinned

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def begin(database: Database, **facts: Any) -> int:
    with database.write() as session:
        return logged_runs.begin(session, stale_seconds=600, **{**EMPTY, **facts})[0]


EMPTY = {"method": "", "dataset": "", "model": "", "epochs": 0}


def log(
    database: Database,
    run_id: int,
    epochs: dict[int, dict[str, float | None]] | None = None,
    steps: dict[int, dict[str, float | None]] | None = None,
) -> None:
    points = LoggedPoints()
    for epoch, values in (epochs or {}).items():
        points.add_epoch(epoch, NOW, values)
    for place, (step, values) in enumerate((steps or {}).items()):
        points.add_step(place, step, NOW.timestamp(), values)
    with database.write() as session:
        run = logged_runs.open_run(session, run_id, 600)
        logged_points.record(session, run, points)


def summary(database: Database, run_id: int) -> dict[str, Any]:
    with database.read() as session:
        return runs.get(session, run_id)["summary"]


def test_steps_in_any_order_are_one_curve(database: Database) -> None:
    run_id = begin(database)
    rng = np.random.default_rng(0)
    expected: dict[int, float] = {}
    for _ in range(12):
        steps = rng.integers(0, 60_000, size=2000)
        values = {
            int(step): float(value) for step, value in zip(steps, rng.random(2000), strict=True)
        }
        log(database, run_id, steps={step: {"a/b": value} for step, value in values.items()})
        expected |= values
    with database.read() as session:
        series = metrics.step_series(session, run_id)
        thin = metrics.step_series(session, run_id, most=100)
    assert dict(zip(series["steps"], series["values"]["a/b"], strict=True)) == expected
    assert series["steps"] == sorted(expected)
    assert len(thin["steps"]) <= 100
    best = max(expected, key=lambda step: (expected[step], -step))
    assert best in thin["steps"]
    assert summary(database, run_id)["a/b"] == {
        "last": expected[max(expected)],
        "best": expected[best],
        "best_epoch": None,
        "best_step": best,
    }


def test_of_two_points_of_a_step_the_later_one_counts_whatever_else_they_measure(
    database: Database,
) -> None:
    run_id = begin(database)
    points = LoggedPoints()
    logged: list[tuple[int, dict[str, float | None]]] = [
        (5, {"a": 1.0, "b": 1.0}),
        (5, {"a": 2.0}),
        (3, {"b": 4.0, "a": math.inf}),
        (5, {"a": 3.0, "b": None}),
    ]
    for place, (step, values) in enumerate(logged):
        points.add_step(place, step, NOW.timestamp(), values)
    with database.write() as session:
        logged_points.record(session, logged_runs.open_run(session, run_id, 600), points)
    with database.read() as session:
        series = metrics.step_series(session, run_id)
    assert series["steps"] == [3, 5]
    assert series["values"] == {"a": [None, 3.0], "b": [4.0, None]}


def test_the_largest_step_is_kept(database: Database) -> None:
    run_id = begin(database)
    log(database, run_id, steps={0: {"a": 1.0}, 2**53 - 1: {"a": None}})
    with database.read() as session:
        series = metrics.step_series(session, run_id)
        assert runs.get(session, run_id)["progress"]["step"] == 2**53 - 1
    assert series == {"names": ["a"], "steps": [0, 2**53 - 1], "values": {"a": [1.0, None]}}


def test_epochs_count_where_a_metric_has_both(database: Database) -> None:
    run_id = begin(database)
    log(database, run_id, steps={5: {"loss": 0.1}})
    assert summary(database, run_id)["loss"]["best_step"] == 5
    log(database, run_id, epochs={1: {"loss": 2.0}})
    log(database, run_id, steps={6: {"loss": 0.05}})
    assert summary(database, run_id)["loss"] == {"last": 2.0, "best": 2.0, "best_epoch": 1}


def test_logged_and_trained_runs_are_filtered_and_grouped_alike(database: Database) -> None:
    for rate, value in ((0.1, 0.5), (0.1, 0.7), (1e-05, 0.2)):
        run_id = begin(database, config={"lr": rate, "Weight decay": "x"}, method="mine")
        log(database, run_id, epochs={1: {"Acc (top-1)": value}})
    query = RunQuery(where=(parse("config.lr>=0.01"), parse("Acc (top-1).best>0.6")))
    with database.read() as session:
        rows, _ = runs.listing(session, query)
        by_rate = groups(session, RunQuery(), ["config.lr"], ["Acc (top-1).best"])
        by_method = groups(session, RunQuery(), ["method.name", "dataset.name"], [])
        ordered, _ = runs.listing(session, RunQuery(sort="config.lr"))
    assert [row["id"] for row in rows] == [2]
    assert [(group["values"]["config.lr"], group["runs"]) for group in by_rate] == [
        (1e-05, 1),
        (0.1, 2),
    ]
    assert by_rate[1]["where"] == ["config.lr=0.1"]
    assert by_method[0]["values"] == {"method.name": "mine", "dataset.name": None}
    assert [row["id"] for row in ordered] == [3, 1, 2]


def test_what_is_exported(database: Database) -> None:
    run_id = begin(database, config={"lr": 0.1}, notes="=1")
    log(database, run_id, {1: {"acc": 0.5}}, {3: {"fast": 1.0}})
    with database.read() as session:
        columns = run_table.all_columns(session, RunQuery())
    (cells,) = run_table.rows(database, RunQuery(), columns)
    row = dict(zip(columns, cells, strict=True))
    assert (row["config.lr"], row["notes"], row["acc.last"], row["fast.best"]) == (
        "0.1", "'=1", "0.5", "1.0",
    )  # fmt: skip
    points = [point for batch in long_form.points(database, [run_id], []) for point in batch]
    assert [(point["name"], point["epoch"], point["step"]) for point in points] == [
        ("acc", 1, None),
        ("fast", None, 3),
    ]
    assert {point["time"] for point in points} == {NOW}


def test_a_run_that_failed_begins_anew_with_its_key(database: Database) -> None:
    run_id = begin(database, key="k")
    with database.write() as session:
        logged_runs.finish(session, run_id, RunState.FAILED, "no\x00 memory", 600)
    with database.read() as session:
        failed = runs.get(session, run_id)["error"]
    assert failed is not None
    assert failed["message"] == "no memory"
    assert begin(database, key="k") == run_id
    with database.read() as session:
        assert runs.get(session, run_id)["state"] == RunState.RUNNING


@settings(max_examples=200)
@given(
    st.lists(st.floats(allow_nan=True, allow_infinity=False), max_size=200), st.integers(LEAST, 50)
)
def test_thinning_keeps_ends_and_extremes(values: list[float], most: int) -> None:
    curve = np.array(values)
    places = thinned(curve, most)
    assert len(places) <= max(most, min(len(curve), most))
    assert sorted(set(places.tolist())) == places.tolist()
    if len(curve):
        assert {0, len(curve) - 1} <= set(places.tolist())
    if not np.isnan(curve).all():
        assert np.nanmax(curve[places]) == np.nanmax(curve)
        assert np.nanmin(curve[places]) == np.nanmin(curve)
