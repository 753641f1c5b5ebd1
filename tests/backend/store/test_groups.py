"""Groups count each run once, and say what NumPy says of their metrics."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from backend.store.conditions import parse
from backend.store.database import Database
from backend.store.groups import groups
from backend.store.listing import RunQuery
from backend.store.run_index import index_summary
from tests.support import factories as make

EVERYTHING = RunQuery()
RUNS = [  # method, seed, last val_top1
    ("hard", 0, 0.70),
    ("hard", 1, 0.72),
    ("hard", 2, None),
    ({"name": "ols", "alpha": 0.5}, 0, 0.80),
    ({"name": "ols", "alpha": 0.5}, 1, 0.86),
    ({"name": "ols", "alpha": 0.3}, 0, 0.90),
]


@pytest.fixture
def six(database: Database) -> list[int]:
    ids = []
    for method, seed, top1 in RUNS:
        ids.append(make.submit(database, method=method, seed=seed))
        if top1 is not None:
            with database.write() as session:
                entry = {"last": top1, "best": top1 + 0.01, "best_epoch": 1}
                index_summary(session, ids[-1], {"val_top1": entry})
    return ids


def grouped(
    database: Database, *paths: str, query: RunQuery = EVERYTHING, metrics: Any = ("val_top1.last",)
) -> list[dict[str, Any]]:
    with database.read() as session:
        return groups(session, query, paths, metrics)


def test_equal_values_have_no_deviation(database: Database) -> None:
    for seed in range(10):
        run_id = make.submit(database, seed=seed)
        with database.write() as session:
            entry = {"last": 0.39957, "best": 0.1 + 1e-4 * seed, "best_epoch": 1}
            index_summary(session, run_id, {"val_loss": entry})
    [found] = grouped(database, "method.name", metrics=("val_loss.last", "val_loss.best"))
    assert found["metrics"]["val_loss.last"]["std"] == 0
    assert found["metrics"]["val_loss.best"]["std"] == pytest.approx(3.02765e-4, rel=1e-4)


def test_mean_deviation_and_n(database: Database, six: list[int]) -> None:
    hard, ols = grouped(database, "method.name")
    assert (hard["values"], hard["runs"]) == ({"method.name": "hard"}, 3)
    found = hard["metrics"]["val_top1.last"]
    assert found["n"] == 2
    assert found["mean"] == pytest.approx(0.71)
    assert found["std"] == pytest.approx(np.std([0.70, 0.72], ddof=1))
    assert ols["metrics"]["val_top1.last"]["std"] == pytest.approx(
        np.std([0.80, 0.86, 0.90], ddof=1)
    )


def test_a_field_that_a_run_lacks_is_a_group_of_its_own(database: Database, six: list[int]) -> None:
    found = grouped(database, "method.alpha")
    assert [(group["values"]["method.alpha"], group["runs"]) for group in found] == [
        (0.3, 1),
        (0.5, 2),
        (None, 3),
    ]
    assert found[0]["metrics"]["val_top1.last"]["std"] is None


def test_the_conditions_of_a_group_find_its_runs(database: Database, six: list[int]) -> None:
    for group in grouped(database, "method.name", "method.alpha", "epochs"):
        query = RunQuery(where=tuple(map(parse, group["where"])))
        assert sum(one["runs"] for one in grouped(database, "seed", query=query)) == group["runs"]


def test_filters_and_order_hold_for_groups(database: Database, six: list[int]) -> None:
    seeds = grouped(database, "seed", query=RunQuery(methods=("hard",)))
    assert [group["values"]["seed"] for group in seeds] == [0, 1, 2]
    down = grouped(database, "seed", query=RunQuery(methods=("hard",), sort="-val_top1.last"))
    assert [group["values"]["seed"] for group in down] == [1, 0, 2]  # without a number: last
    down = grouped(database, "method.name", query=RunQuery(sort="-spec.method.name"))
    assert [group["values"]["method.name"] for group in down] == ["ols", "hard"]


def test_one_query_whatever_the_number_of_runs(database: Database, six: list[int]) -> None:
    with make.counted(database) as sent:
        grouped(database, "method.name", "seed", metrics=("val_top1.last", "val_ece.best"))
    assert len(sent) == 1


def test_the_api_answers_and_names_what_is_wrong(client: Any, six: list[int]) -> None:
    found = client.get("/api/runs/groups?group=method.name&method=ols").json()["groups"]
    assert [group["runs"] for group in found] == [3]
    for query, path in (
        ("group=", "group"),
        ("group=Method!", "group"),
        ("group=seed&metrics=spec.seed", "metrics"),
        ("", "group"),
    ):
        answer = client.get(f"/api/runs/groups?{query}")
        assert answer.status_code == 422
        assert [field["path"] for field in answer.json()["error"]["fields"]] == [path]
