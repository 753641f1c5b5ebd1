"""The trail of changes and the owners of runs, as the API shows them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest

from backend.core.settings import Settings
from backend.store.database import Database
from tests.backend.api.test_searches import BODY
from tests.backend.contract import TestClient
from tests.backend.people import add_people, visitor
from tests.backend.server.test_door import unsafe
from tests.support import factories as make
from worker import searching

SPEC = {"method": "ols", "dataset": "digits"}
NEW = {"spec": SPEC, "name": "a run"}


@pytest.fixture
def people(config: Settings, database: Database) -> Iterator[dict[str, TestClient]]:
    """A client of each."""
    clients = {}
    tokens = add_people(database)  # before: a running lab notices its first person within a second
    with visitor(config) as lab:
        for name, token in tokens.items():
            clients[name] = TestClient(lab.app, base_url=str(lab.base_url))
            clients[name].headers["Authorization"] = token
        yield clients


def trail(client: TestClient, run_id: int) -> list[tuple[str, str, Any]]:
    changes = client.get(f"/api/runs/{run_id}/changes").json()["changes"]
    return [(one["person"], one["action"], one["details"]) for one in changes]


# What each route that changes a run is sent here, and what the trail says then.
CHANGES: dict[str, tuple[Any, str]] = {
    "POST /api/runs/{run_id}/cancel": (None, "cancel"),
    "POST /api/runs/{run_id}/pause": (None, "pause"),
    "POST /api/runs/{run_id}/resume": (None, "resume"),
    "POST /api/runs/{run_id}/retry": (None, "retry"),
    "POST /api/runs/{run_id}/restore": (None, "restore"),
    "PATCH /api/runs/{run_id}": ({"name": "b", "notes": "long", "tags": ["x"]}, "edit"),
    "DELETE /api/runs/{run_id}": (None, "delete"),
    "POST /api/runs/{run_id}/finish": ({"state": "finished"}, "finish"),
}
# These make another run, whose trail begins with them.
COPIES = {f"POST /api/runs/{{run_id}}/{verb}" for verb in ("clone", "fork", "forks")}
# What a loop measures is no change of its run.
MEASURES = {
    "POST /api/runs/{run_id}/log",
    "PUT /api/runs/{run_id}/origin",
    "PUT /api/runs/{run_id}/matrices/{kind}/{epoch}",
    "PUT /api/runs/{run_id}/samples/{row}",
}
STATES = {"resume": "paused", "retry": "failed"}


def test_every_route_that_changes_a_run_is_known_here() -> None:
    of_a_run = {one for one in unsafe() if "/api/runs/{run_id}" in one}
    assert of_a_run == CHANGES.keys() | COPIES | MEASURES


@pytest.mark.parametrize("operation", CHANGES)
def test_every_change_stands_in_the_trail(
    people: dict[str, TestClient], database: Database, operation: str
) -> None:
    verb, path = operation.split(" ")
    body, action = CHANGES[operation]
    max_ = people["max"]
    if action == "finish":
        run_id = max_.post("/api/runs/logged", json={}).json()["id"]
    else:
        run_id = make.run_in(database, STATES.get(action, "queued"))
    if action == "restore":
        people["mia"].delete(f"/api/runs/{run_id}")
    answer = max_.request(verb, path.format(run_id=run_id), json=body)
    assert answer.status_code in (200, 204)
    if action == "delete":
        max_.post(f"/api/runs/{run_id}/restore")
        assert trail(max_, run_id)[0][:2] == ("max", "restore")
    changes = trail(max_, run_id)
    assert ("max", action) in [change[:2] for change in changes]
    if action == "edit":
        details = changes[0][2]
        assert details["name"][1] == "b"
        assert (details["tags"], details["notes"]) == (["x"], "4 characters")


@pytest.mark.parametrize(
    ("action", "values", "details"),
    [
        ("rename", {"name": "b"}, {"name": ["a run", "b"]}),
        ("priority", {"priority": 3}, {"priority": [0, 3]}),
        ("tag", {"tag": "x,y"}, {"tags": ["x", "y"]}),
        ("untag", {"tag": "x"}, {"tags": ["x"]}),
        ("pin", {}, {"pinned": [False, True]}),
        ("archive", {}, {"archived": [False, True]}),
        ("devices", {"devices": 2}, {}),
    ],
)
def test_actions_on_several_runs_stand_in_each_trail(
    people: dict[str, TestClient], action: str, values: dict[str, Any], details: dict[str, Any]
) -> None:
    mia = people["mia"]
    ids = [mia.post("/api/runs", json=NEW).json()["id"] for _ in range(2)]
    people["anna"].post("/api/runs/actions", json={"ids": ids, "action": action, **values})
    for run_id in ids:
        assert trail(mia, run_id) == [("anna", action, details), ("mia", "submit", {})]


def test_what_was_refused_leaves_no_trace(people: dict[str, TestClient]) -> None:
    mia = people["mia"]
    run_id = mia.post("/api/runs", json=NEW).json()["id"]
    assert mia.post(f"/api/runs/{run_id}/resume").status_code == 409
    assert people["vera"].post(f"/api/runs/{run_id}/cancel").status_code == 403
    many = {"ids": [run_id, 999], "action": "retry"}
    assert mia.post("/api/runs/actions", json=many).status_code == 200
    assert trail(mia, run_id) == [("mia", "submit", {})]


def test_a_copy_belongs_to_who_made_it_and_says_of_what(people: dict[str, TestClient]) -> None:
    run_id = people["mia"].post("/api/runs", json=NEW).json()["id"]
    copy = people["max"].post(f"/api/runs/{run_id}/clone").json()
    assert copy["owner"] == "max"
    assert trail(people["max"], copy["id"]) == [("max", "submit", {"clone_of": run_id})]


def test_a_loops_run_is_its_persons_and_with_own_nobody_else_reopens_it(
    people: dict[str, TestClient], config: Settings
) -> None:
    config.members_change = "own"
    begun = people["mia"].post("/api/runs/logged", json={"key": "loop"}).json()
    assert begun["owner"] == "mia"
    path = f"/api/runs/{begun['id']}"
    assert people["mia"].post(f"{path}/finish", json={"state": "failed"}).status_code == 200
    assert people["max"].post("/api/runs/logged", json={"key": "loop"}).status_code == 403
    assert people["mia"].post("/api/runs/logged", json={"key": "loop"}).status_code == 200
    assert [one[1] for one in trail(people["mia"], begun["id"])] == ["reopen", "finish", "log"]


def test_an_experiments_actions_stand_in_its_runs_trails(people: dict[str, TestClient]) -> None:
    sweep = {"spec": SPEC, "grid": {"seed": [0, 1]}}
    number = people["mia"].post("/api/experiments", json=sweep).json()["id"]
    people["max"].post(f"/api/experiments/{number}/actions", json={"action": "pause"})
    added = people["max"].post(f"/api/experiments/{number}/seeds", json={"seeds": 1}).json()
    assert added["added"] == 1
    runs = people["vera"].get(f"/api/runs?experiment={number}&sort=id").json()["runs"]
    assert [run["owner"] for run in runs] == ["mia", "mia", "max"]
    assert [one[:2] for one in trail(people["vera"], 1)] == [("max", "pause"), ("mia", "submit")]


def test_runs_are_found_sorted_and_grouped_by_owner(people: dict[str, TestClient]) -> None:
    for name in ("mia", "max", "mia"):
        people[name].post("/api/runs", json=NEW)
    vera = people["vera"]

    def ids(query: str) -> list[int]:
        answer = vera.get(f"/api/runs?sort=id&{query}")
        assert answer.status_code == 200, answer.text
        return [run["id"] for run in answer.json()["runs"]]

    assert ids("owner=mia") == ids("where=owner=mia") == ids("where=owner!=max") == [1, 3]
    assert ids("owner=mia,max") == ids("where=owner!=null") == [1, 2, 3]
    assert ids("where=owner~MA") == [2]
    assert ids("where=owner=null") == ids("owner=zoe") == []
    by_owner = vera.get("/api/runs?sort=owner&limit=2").json()
    assert [run["id"] for run in by_owner["runs"]] == [2, 1]
    rest = vera.get(f"/api/runs?sort=owner&limit=2&cursor={by_owner['next_cursor']}").json()
    assert [run["id"] for run in rest["runs"]] == [3]
    groups = vera.get("/api/runs/groups?group=owner,method.name").json()["groups"]
    assert [(g["values"]["owner"], g["runs"]) for g in groups] == [("max", 1), ("mia", 2)]
    assert groups[0]["where"][0] == "owner=max"
    assert vera.get("/api/runs?where=owner<3").status_code == 422
    rows = list(csv.DictReader(StringIO(vera.get("/api/runs.csv?sort=id").text)))
    assert [row["owner"] for row in rows] == ["mia", "max", "mia"]


@pytest.mark.parametrize(
    "path",
    [
        "/api/table?rows=owner",
        "/api/table?rows=owner&columns=method.name",
        "/?group=owner",
        "/?columns=owner&sort=-owner",
        "/table?rows=owner",
        "/noise?owner=mia",
        "/?owner=mia",
        "/compare?runs=1,2",
    ],
)
def test_an_owner_is_no_surprise_anywhere(people: dict[str, TestClient], path: str) -> None:
    for name in ("mia", "max"):
        people[name].post("/api/runs", json=NEW)
    answer = people["vera"].get(path)
    assert answer.status_code in (200, 422), answer.text


def test_without_people_runs_have_neither_owner_nor_trail(
    client: TestClient, database: Database
) -> None:
    run = client.post("/api/runs", json=NEW).json()
    client.post(f"/api/runs/{run['id']}/cancel")
    assert run["owner"] is None
    assert client.get(f"/api/runs/{run['id']}/changes").json() == {"changes": []}
    assert client.get("/api/runs/99/changes").status_code == 404


def test_the_runs_of_a_search_belong_to_whose_it_is_whoever_proposes_them(
    people: dict[str, TestClient], database: Database
) -> None:
    make.heartbeat(database, "w", ["cpu"])
    number = people["mia"].post("/api/experiments", json=BODY).json()["id"]
    searching.step(database, number)  # as a worker does, in nobody's name
    runs = people["max"].get(f"/api/runs?experiment={number}").json()["runs"]
    assert {run["owner"] for run in runs} == {"mia"}
