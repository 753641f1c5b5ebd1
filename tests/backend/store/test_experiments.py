"""A sweep is one experiment: submitted whole, capped, steered together, extended by seeds."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from backend.store import claims, experiments
from backend.store.database import Database
from backend.store.errors import Conflict, NotFound
from backend.store.run_index import index_summary
from ols.spec.sweep import Sweep
from tests.support import factories as make

GRID = {"spec": {"epochs": 3}, "grid": {"method": ["hard", "ols"], "seed": [0, 1, 2]}}


def new(database: Database, sweep: dict[str, Any] = GRID, **facts: Any) -> int:
    with database.write() as session:
        return experiments.submit(session, Sweep.parse(sweep), **facts).id


def state(database: Database, number: int) -> dict[str, Any]:
    with database.read() as session:
        return experiments.get(session, number)


def claim(database: Database) -> claims.Claim | None:
    with database.write() as session:
        return claims.claim_next(session, worker="w", slot=0, lease_seconds=30)


def test_all_runs_are_queued_in_the_order_of_the_grid(client: Any, database: Database) -> None:
    answer = client.post("/api/experiments", json={**GRID, "tags": ["t"], "priority": 3})
    assert answer.status_code == 201
    found = answer.json()
    assert (found["runs"], found["states"]["queued"], found["epochs"]) == (6, 6, 18)
    assert found["name"] == "method, seed on digits"
    runs = client.get(f"/api/runs?experiment={found['id']}&sort=id").json()["runs"]
    assert [(run["method"], run["spec"]["seed"]) for run in runs] == [
        (method, seed) for method in ("hard", "ols") for seed in (0, 1, 2)
    ]
    assert all(run["tags"] == ["t"] and run["priority"] == 3 for run in runs)
    assert {run["experiment_id"] for run in runs} == {found["id"]}


def test_a_preview_says_what_would_be_submitted_and_submits_nothing(
    client: Any, database: Database
) -> None:
    body = {"grid": {"method": ["hard", "ols"], "method.alpha": [0.3, 0.5]}}
    found = client.post("/api/experiments/preview", json=body).json()
    assert (found["runs"], found["repeated"], found["seconds"]) == (3, 1, None)
    paths = {row["path"]: row["values"] for row in found["differences"]}
    assert paths["method.name"] == ["hard", "ols", "ols"]
    assert paths["method.alpha"] == [None, 0.3, 0.5]
    assert client.get("/api/runs").json()["runs"] == []


def test_a_preview_estimates_from_past_runs(client: Any, database: Database) -> None:
    past = make.trained(database, epochs=1)
    with database.write() as session:
        index_summary(session, past, {"epoch_seconds": {"last": 2.0, "best": 2.0}})
    found = client.post("/api/experiments/preview", json=GRID).json()
    assert found["seconds"] == pytest.approx(6 * 3 * 2.0, abs=6)
    assert found["based_on"] == 1


def test_no_more_run_at_once_than_it_may(database: Database) -> None:
    number = new(database, parallel=2)
    lone = make.submit(database)
    held = [claim(database) for _ in range(3)]
    assert [c.run_id for c in held if c] == [1, 2, lone], "the cap holds up nobody else"
    assert claim(database) is None
    with database.write() as session:
        claims.finish(session, held[0])  # type: ignore[arg-type]
    after = claim(database)
    assert after is not None
    assert after.run_id == 3
    with database.write() as session:
        experiments.edit(session, number, {"parallel": None})
    assert claim(database) is not None


def test_racing_claims_keep_the_cap(database: Database) -> None:
    new(database, parallel=1)
    with ThreadPoolExecutor(4) as pool:
        held = list(pool.map(lambda _: claim(database), range(8)))
    assert sum(each is not None for each in held) == 1


def test_more_seeds_count_on_for_every_setting(database: Database) -> None:
    number = new(database)
    with database.write() as session:
        assert experiments.add_seeds(session, number, 2) == 4
    with database.read() as session:
        specs = [
            make.requests._existing(session, i).spec for i in experiments.run_ids(session, number)
        ]
    seeds = sorted((spec["method"]["name"], spec["seed"]) for spec in specs)
    assert seeds == [(method, seed) for method in ("hard", "ols") for seed in range(5)]


@pytest.mark.parametrize(
    ("action", "changed", "then"),
    [
        ("cancel", 5, {"cancelled": 5, "running": 0, "finished": 1}),
        ("pause", 5, {"paused": 5, "finished": 1}),
        ("resume", 0, {"queued": 5}),
        ("retry", 0, {"queued": 5}),
    ],
)
def test_one_action_reaches_all_runs_that_allow_it(
    client: Any, database: Database, action: str, changed: int, then: dict[str, int]
) -> None:
    number = new(database)
    held = claim(database)
    assert held is not None
    with database.write() as session:
        claims.finish(session, held)
    answer = client.post(f"/api/experiments/{number}/actions", json={"action": action})
    assert answer.json()["changed"] == changed
    states = answer.json()["experiment"]["states"]
    assert {name: states[name] for name in then} == then


def test_cancelled_runs_go_on_by_retry(client: Any, database: Database) -> None:
    number = new(database)
    for action in ("cancel", "retry"):
        client.post(f"/api/experiments/{number}/actions", json={"action": action})
    assert state(database, number)["states"]["queued"] == 6


def test_an_action_names_the_runs_it_changed_and_what_they_were(
    client: Any, database: Database
) -> None:
    number = new(database)
    with database.write() as session:
        make.requests.cancel(session, 1)
        make.requests.pause(session, 2)
    held = claim(database)
    assert held is not None
    answer = client.post(f"/api/experiments/{number}/actions", json={"action": "cancel"}).json()
    assert [(run["id"], run["was"]) for run in answer["runs"]] == [
        (2, "paused"),
        (3, "running"),
        (4, "queued"),
        (5, "queued"),
        (6, "queued"),
    ], "run 1 had been cancelled before"
    assert answer["changed"] == 5


def test_edits_and_the_list(client: Any, database: Database) -> None:
    first, second = new(database), new(database, name="second")
    body = {"pinned": True, "notes": "n", "parallel": 3}
    assert client.patch(f"/api/experiments/{first}", json=body).json()["parallel"] == 3
    listed = client.get("/api/experiments").json()["experiments"]
    assert [each["id"] for each in listed] == [first, second], "pinned ones first"
    client.patch(f"/api/experiments/{first}", json={"archived": True})
    assert [e["id"] for e in client.get("/api/experiments").json()["experiments"]] == [second]
    assert client.get("/api/experiments?q=sec").json()["experiments"][0]["id"] == second


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"grid": {}}, "grid"),
        ({}, "grid"),
        ({"grid": {"method": ["olz"]}}, "grid.method"),
        ({"grid": {"seed": [1]}, "spec": {"method": "ols", "epohcs": 1}}, "spec.epohcs"),
        ({"grid": {"seed": {"low": 3, "high": 1}}}, "grid.seed.high"),
        ({**GRID, "parallel": 0}, "parallel"),
        ({**GRID, "name": ""}, "name"),
        ({**GRID, "search": "random"}, "samples"),
        ({**GRID, "nope": 1}, "nope"),
    ],
)
@pytest.mark.parametrize("where", ["", "/preview"])
def test_faults_name_their_field(client: Any, body: Any, path: str, where: str) -> None:
    answer = client.post(f"/api/experiments{where}", json=body)
    assert answer.status_code == 422, answer.text
    assert path in [field["path"] for field in answer.json()["error"]["fields"]]


@pytest.mark.parametrize("number", ["7", "x", "99999999999999999999"])
def test_an_experiment_that_is_not_there(client: Any, number: str) -> None:
    assert client.get(f"/api/experiments/{number}").status_code == 404
    assert client.patch(f"/api/experiments/{number}", json={}).status_code == 404
    assert client.post(f"/api/experiments/{number}/seeds", json={"seeds": 1}).status_code == 404


def test_seeds_for_an_experiment_without_runs(database: Database) -> None:
    number = new(database, {"grid": {"method": ["ols"]}})
    with database.write() as session:
        make.requests.delete(session, 1)
    with database.write() as session, pytest.raises(Conflict, match="no runs any more"):
        experiments.add_seeds(session, number, 1)
    with database.read() as session, pytest.raises(NotFound):
        experiments.require(session, 9)


def test_a_thousand_runs_take_one_statement_each_and_a_few_more(database: Database) -> None:
    sweep = {"grid": {"method": ["hard", "ols"], "seed": list(range(500))}}
    with make.counted(database) as statements:
        number = new(database, sweep)
    assert state(database, number)["runs"] == 1000
    assert len(statements) < 1020  # for their ids; fields, tags and events go in one each
