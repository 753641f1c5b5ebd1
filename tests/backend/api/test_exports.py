"""Runs as CSV, metrics in long form."""

from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from backend.store import requests
from backend.store.database import Database
from tests.backend.api.test_logged import begin, epoch, log, refused, step
from tests.support import factories as make


def table(answer: Any) -> list[dict[str, str]]:
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"].startswith("text/csv")
    return list(csv.DictReader(io.StringIO(answer.text)))


def test_runs_of_both_kinds_are_rows_of_one_table(client: Any, database: Database) -> None:
    trained = make.trained(database, epochs=2)
    config = {"lr": 0.1, "big": [1, 2]}
    logged = begin(client, name="mine", tags=["a", "b"], config=config, method="crust")["id"]
    log(client, logged, epoch(1, val_top1=0.5, my_loss=2.0))
    rows = {int(row["id"]): row for row in table(client.get("/api/runs.csv"))}
    assert set(rows) == {trained, logged}
    assert rows[logged]["config.lr"] == "0.1"
    assert rows[logged]["method"] == "crust"
    assert rows[logged]["config.big"] == "[1, 2]"
    assert rows[logged]["tags"] == "a, b"
    assert rows[logged]["my_loss.last"] == "2.0"
    assert rows[logged]["spec.seed"] == rows[logged]["owner"] == ""
    assert rows[trained]["spec.method.name"] == rows[trained]["method"] == "ols"
    assert float(rows[trained]["val_top1.best"]) == 0.02
    assert rows[trained]["created_at"].endswith("Z")


def test_filters_and_columns_are_those_of_the_runs_table(client: Any) -> None:
    for rate in (0.1, 0.2):
        begin(client, config={"lr": rate})
    columns = "state,curve,method,config.lr,val_top1.best"
    found = table(client.get(f"/api/runs.csv?where=config.lr%3E0.1&columns={columns}"))
    assert found == [
        {"id": "2", "state": "running", "method": "", "config.lr": "0.2", "val_top1.best": ""}
    ]
    assert table(client.get("/api/runs.csv?q=nothing")) == []
    refused(client.get("/api/runs.csv?columns=nothing"), 422, "columns.0")


@pytest.mark.slow
def test_more_runs_than_a_page_come_in_their_order(client: Any, database: Database) -> None:
    with database.write() as session:
        for seed in range(510):
            requests.submit(session, name=None, tags=[], spec=make.spec(seed=seed))
    rows = table(client.get("/api/runs.csv?sort=id&columns=spec.seed&limit=5"))
    assert [int(row["spec.seed"]) for row in rows] == list(range(510))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1"])
def test_no_cell_is_a_formula(client: Any, text: str) -> None:
    run_id = begin(client, name=f"x{text}", notes=text, config={"v": text, text: 1})["id"]
    log(client, run_id, {"epoch": 1, "metrics": {text.strip(): -1.5}})
    for line in csv.reader(io.StringIO(client.get("/api/runs.csv").text)):
        assert not [cell for cell in line if cell.startswith(("=", "+", "@", "\t"))]
    (row,) = table(client.get("/api/runs.csv"))
    assert row["notes"] == row["config.v"] == f"'{text}"
    (point,) = table(client.get(f"/api/metrics?runs={run_id}&format=csv"))
    assert (point["name"], point["value"]) == (f"'{text.strip()}", "-1.5")  # a number stays one


def test_metrics_in_long_form(client: Any, database: Database) -> None:
    trained = make.trained(database, epochs=2)
    logged = begin(client)["id"]
    time = "2020-01-01T00:00:00Z"
    log(client, logged, {"epoch": 0, "time": time, "metrics": {"val_top1": 0.5}})
    log(client, logged, {"step": 7, "time": time, "metrics": {"fast": None}}, step(8, fast=1.5))
    path = f"/api/metrics?runs={trained},{logged}&names=val_top1,fast"
    rows = client.get(path).json()
    assert [(row["run"], row["name"], row["epoch"], row["step"], row["value"]) for row in rows] == [
        (trained, "val_top1", 1, None, 0.01),
        (trained, "val_top1", 2, None, 0.02),
        (logged, "val_top1", 0, None, 0.5),
        (logged, "fast", None, 7, None),
        (logged, "fast", None, 8, 1.5),
    ]
    assert [row["time"] for row in rows[2:4]] == [time, time]
    cells = table(client.get(f"{path}&format=csv"))
    assert [cell["value"] for cell in cells] == ["0.01", "0.02", "0.5", "", "1.5"]
    every = client.get(f"/api/metrics?runs={trained}").json()
    assert {row["name"] for row in every} == {"val_top1", "val_loss"}


def test_many_steps_come_whole_and_in_order(client: Any) -> None:
    run_id = begin(client)["id"]
    for start in range(0, 40_000, 10_000):
        log(client, run_id, *(step(n, a=n) for n in range(start, start + 10_000)))
    rows = client.get(f"/api/metrics?runs={run_id}").json()
    assert [row["step"] for row in rows] == list(range(40_000))


def test_a_thinned_curve_keeps_its_spikes(client: Any) -> None:
    run_id = begin(client)["id"]
    values = dict.fromkeys(range(10_000), 0.5)
    values[1234], values[8765] = 9.0, -9.0
    log(client, run_id, *(step(n, a=value, b=-value) for n, value in values.items()))
    path = f"/api/runs/{run_id}/metrics?axis=step"
    whole = client.get(path).json()
    assert whole["steps"] == list(range(10_000))
    assert whole["values"]["a"] == list(values.values())
    thin = client.get(f"{path}&max_points=100").json()
    assert len(thin["steps"]) <= 100
    assert {1234, 8765, 0, 9999} <= set(thin["steps"])
    for values_of in thin["values"].values():
        there = [value for value in values_of if value is not None]
        assert (min(there), max(there)) == (-9.0, 9.0)
    one = client.get(f"{path}&names=b&after=9000&max_points=20").json()
    assert (one["names"], one["steps"][-1]) == (["b"], 9999)
    assert min(one["steps"]) > 9000


def test_thinned_epochs(client: Any) -> None:
    run_id = begin(client)["id"]
    log(client, run_id, *(epoch(n, a=9.0 if n == 500 else None) for n in range(1000)))
    thin = client.get(f"/api/runs/{run_id}/metrics?max_points=50").json()
    assert len(thin["epochs"]) <= 50
    assert 500 in thin["epochs"]


@pytest.mark.parametrize(
    ("query", "status"),
    [("", 422), ("runs=", 422), ("runs=x", 422), ("runs=99", 404), ("runs=1&format=xml", 422)],
)
def test_questions_for_metrics_that_are_refused(client: Any, query: str, status: int) -> None:
    refused(client.get(f"/api/metrics?{query}"), status)


@pytest.mark.parametrize("query", ["axis=hour", "max_points=1", "after=-2", "max_points=1000001"])
def test_questions_for_a_series_that_are_refused(client: Any, query: str) -> None:
    run_id = begin(client)["id"]
    refused(client.get(f"/api/runs/{run_id}/metrics?{query}"), 422, query.partition("=")[0])
