"""A search over HTTP: submitted, watched, stopped, extended, and its best setting confirmed."""

from __future__ import annotations

from typing import Any

import pytest

from backend.store import claims
from backend.store.database import Database
from tests.support import factories as make
from worker import searching

BODY: dict[str, Any] = {
    "spec": {"method": "ols", "dataset": "digits", "epochs": 9},
    "grid": {"method.alpha": {"low": 0, "high": 1}},
    "search": "tpe",
    "pruner": "asha",
    "objective": {"metric": "val_top1"},
    "budget": {"runs": 4},
    "tags": ["found"],
    "priority": 2,
}


def new(client: Any, database: Database, **changes: Any) -> int:
    make.heartbeat(database, "w", ["cpu"])
    answer = client.post("/api/experiments", json=BODY | changes)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def train_all(database: Database, search: int, **metrics: float) -> None:
    """Trains what the search proposes, until it proposes nothing more."""
    while True:
        searching.step(database, search)
        with database.write() as session:
            held = claims.claim_next(session, worker="w", slot=0, lease_seconds=30)
        if held is None:
            return
        top1 = 1 - abs(held.spec["method"]["alpha"] - 0.3)
        values = {"val_top1": top1, **metrics}
        make.record(database, held, *range(1, 10), epochs=9, **values)
        with database.write() as session:
            claims.finish(session, held)


def test_it_begins_without_runs_and_a_worker_proposes_them(client: Any, database: Database) -> None:
    search = new(client, database)
    begun = client.get(f"/api/experiments/{search}").json()
    assert begun["runs"] == 0
    assert begun["search"] == {
        "stopped": False,
        "closed": False,
        "problem": None,
        "trials": 0,
        "given_up": 0,
        "runs_allowed": 4,
        "hours_allowed": None,
    }
    train_all(database, search)
    found = client.get(f"/api/experiments/{search}/trials").json()
    assert found["objective"]["title"] == "validation top-1"
    assert [trial["number"] for trial in found["trials"]] == [1, 2, 3, 4]
    values = {trial["number"]: trial["value"] for trial in found["trials"]}
    assert found["best"] == max(values, key=lambda number: values[number])
    runs = client.get(f"/api/runs?experiment={search}").json()["runs"]
    assert all(run["tags"] == ["found"] and run["priority"] == 2 for run in runs)
    assert client.get(f"/api/experiments/{search}").json()["search"]["closed"]


def test_a_preview_counts_no_more_than_the_budget(client: Any, database: Database) -> None:
    preview = client.post("/api/experiments/preview", json=BODY).json()
    assert (preview["runs"], preview["search"]) == (4, True)
    grid = {"search": "grid", "grid": {"method.alpha": [0.1, 0.2]}, "budget": None}
    seeds = {"objective": {"seeds": 3}}
    assert client.post("/api/experiments/preview", json=BODY | grid | seeds).json()["runs"] == 6
    hours = {"budget": {"hours": 1}}
    assert client.post("/api/experiments/preview", json=BODY | hours).json()["runs"] is None
    make.submit(database, epochs=2)
    held = make.claim(database)
    make.record(database, held, 1, 2, epochs=2, epoch_seconds=1.0)
    with database.write() as session:
        claims.finish(session, held)
    assert client.post("/api/experiments/preview", json=BODY).json()["seconds"] is not None


@pytest.mark.parametrize("address", ["/api/experiments", "/api/experiments/preview"])
def test_faults_name_their_field(client: Any, address: str) -> None:
    def faults(**changes: Any) -> dict[str, str]:
        answer = client.post(address, json=BODY | changes)
        assert answer.status_code == 422
        return {row["path"]: row["message"] for row in answer.json()["error"]["fields"]}

    assert list(faults(budget=None)) == ["budget"]
    assert list(faults(grid={"method.alpha": {"low": 0, "high": 3}})) == ["grid.method.alpha"]
    assert list(faults(grid={"seed": [1, 2]})) == ["grid.seed"]
    assert list(faults(objective={"metric": "nope"})) == ["objective.metric"]


def test_a_set_of_labels_that_is_none_is_named_at_once(client: Any) -> None:
    spec = BODY["spec"] | {"labels": {"set": "none such"}}
    answer = client.post("/api/experiments", json=BODY | {"spec": spec})
    assert answer.status_code == 422
    assert [row["path"] for row in answer.json()["error"]["fields"]] == ["spec.labels.set"]


def test_stop_resume_and_more_trials(client: Any, database: Database) -> None:
    search = new(client, database, budget={"runs": 1})
    path = f"/api/experiments/{search}"
    stopped = client.post(f"{path}/search", json={"action": "stop"}).json()
    assert stopped["search"]["stopped"]
    assert searching.step(database, search) is None
    assert not client.post(f"{path}/search", json={"action": "resume"}).json()["search"]["stopped"]
    more = client.post(f"{path}/trials", json={"trials": 2})
    assert (more.status_code, more.json()["search"]["runs_allowed"]) == (201, 3)
    train_all(database, search)
    assert len(client.get(f"{path}/trials").json()["trials"]) == 3


def test_the_best_setting_is_run_again_on_seeds_that_the_search_has_not_seen(
    client: Any, database: Database
) -> None:
    search = new(client, database, objective={"seeds": 2})
    path = f"/api/experiments/{search}"
    assert client.post(f"{path}/confirm", json={}).status_code == 409, "nothing has ended"
    train_all(database, search)
    best = client.get(f"{path}/trials").json()["best"]
    answer = client.post(f"{path}/confirm", json={"seeds": 3})
    assert answer.status_code == 201
    again = answer.json()
    assert again["confirms"] == {"experiment": search, "trial": best}
    assert again["search"] is None
    runs = client.get(f"/api/runs?experiment={again['id']}&sort=id").json()["runs"]
    assert [run["spec"]["seed"] for run in runs] == [2, 3, 4]
    (waiting,) = client.get(f"{path}/trials").json()["confirmations"]
    assert (waiting["runs"], waiting["values"], waiting["mean"]) == (3, [], None)
    for value in (0.7, 0.8, 0.9):
        held = make.claim(database)
        make.record(database, held, *range(1, 10), epochs=9, val_top1=value)
        with database.write() as session:
            claims.finish(session, held)
    (done,) = client.get(f"{path}/trials").json()["confirmations"]
    assert done["mean"] == pytest.approx(0.8)
    assert done["deviation"] == pytest.approx(0.1)
    assert done["metric"] == "val_top1"
    later = client.post(f"{path}/confirm", json={"trial": 1, "seeds": 1}).json()
    (run,) = client.get(f"/api/runs?experiment={later['id']}").json()["runs"]
    assert run["spec"]["seed"] == 5


def test_the_best_settings_are_run_again_on_the_same_fresh_seeds(
    client: Any, database: Database
) -> None:
    search = new(client, database)
    path = f"/api/experiments/{search}"
    train_all(database, search)
    trials = client.get(f"{path}/trials").json()["trials"]
    ended = [each for each in trials if each["state"] == "complete"]
    ended.sort(key=lambda each: -each["value"])
    answer = client.post(f"{path}/confirm", json={"best": 2, "seeds": 3})
    assert answer.json()["confirms"]["trial"] == ended[0]["number"]
    again = client.get(f"{path}/trials").json()["confirmations"]
    assert [each["trial"] for each in again] == [each["number"] for each in ended[:2]]
    for each in again:
        runs = client.get(f"/api/runs?experiment={each['experiment']}&sort=id").json()["runs"]
        assert [run["spec"]["seed"] for run in runs] == [1, 2, 3]
    refused = client.post(f"{path}/confirm", json={"best": 0})
    assert refused.json()["error"]["fields"][0]["path"] == "best"


def test_with_a_holdout_fresh_seeds_are_measured_on_the_test_set(
    client: Any, database: Database
) -> None:
    search = new(client, database, spec=BODY["spec"] | {"eval_on": "holdout"})
    train_all(database, search, test_top1=0.5)
    client.post(f"/api/experiments/{search}/confirm", json={"seeds": 1})
    held = make.claim(database)
    make.record(database, held, *range(1, 10), epochs=9, val_top1=0.9, test_top1=0.6)
    with database.write() as session:
        claims.finish(session, held)
    (done,) = client.get(f"/api/experiments/{search}/trials").json()["confirmations"]
    assert (done["metric"], done["mean"]) == ("test_top1", 0.6)


def test_what_is_no_search_has_no_trials(client: Any, database: Database) -> None:
    plain = client.post("/api/experiments", json={"grid": {"method": ["hard", "ols"]}}).json()
    path = f"/api/experiments/{plain['id']}"
    assert plain["search"] is None
    assert client.get(f"{path}/trials").status_code == 404
    assert client.post(f"{path}/search", json={"action": "stop"}).status_code == 404
    assert client.post(f"{path}/trials", json={"trials": 1}).status_code == 404
    assert client.post(f"{path}/confirm", json={}).status_code == 404
    search = new(client, database)
    assert client.post(f"/api/experiments/{search}/seeds", json={"seeds": 1}).status_code == 409
    assert client.post(f"/api/experiments/{search}/confirm", json={"trial": 9}).status_code == 404
