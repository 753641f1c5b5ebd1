from __future__ import annotations

import base64
import json
import time
from typing import Any

import pytest

from backend.store.conditions import RENAMED
from backend.store.database import Database
from backend.store.run_index import index_summary
from tests.support import factories as make

OLS = {"spec": {"method": "ols"}}


def test_a_submitted_run_is_answered_and_listed(client: Any) -> None:
    made = client.post("/api/runs", json={**OLS, "name": " mine ", "tags": ["a"]})
    assert made.status_code == 201
    run = made.json()
    assert made.headers["location"] == f"/api/runs/{run['id']}"
    assert (run["name"], run["state"], run["tags"]) == ("mine", "queued", ["a"])
    assert run["spec"]["method"]["alpha"] == 0.5
    assert run["created_at"].endswith("Z")
    assert client.get(f"/api/runs/{run['id']}").json() == run
    listed = client.get("/api/runs").json()
    assert [r["id"] for r in listed["runs"]] == [run["id"]]
    assert listed["next_cursor"] is None


def test_a_run_says_its_preset_and_what_it_changed(client: Any) -> None:
    spec = {"preset": "cifar100-symmetric-40", "noise": {"rate": 0.3}, "method": "hard"}
    run = client.post("/api/runs", json={"spec": spec}).json()
    assert run["spec"]["preset"] == "cifar100-symmetric-40"
    assert run["preset_changes"] == [
        {"path": "method.name", "preset": "ols", "value": "hard"},
        {"path": "noise.rate", "preset": 0.4, "value": 0.3},
    ]
    assert client.post("/api/runs", json=OLS).json()["preset_changes"] == []


def test_a_broker_that_is_down_refuses_no_run(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    client.app.state.settings.broker_url = "redis://127.0.0.1:1/0"
    assert client.post("/api/runs", json=OLS).status_code == 201
    health = client.get("/healthz")
    assert health.status_code == 503
    assert health.json()["queue"] == "unreachable"
    assert "queue" in health.json()["error"]["message"]


def test_the_nudge_comes_after_the_commit(
    client: Any, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    def nudge(_config: object) -> None:
        seen.append(make.claim(database).name)  # finds the run, so it was committed

    monkeypatch.setattr("backend.api.runs.nudge", nudge)
    client.post("/api/runs", json={**OLS, "name": "first"})
    assert seen == ["first"]


def test_filters_and_pages_of_the_list(client: Any) -> None:
    for method in ("ols", "hard", "ols"):
        client.post("/api/runs", json={"spec": {"method": method}, "tags": ["t", method]})

    def ids(query: str) -> list[int]:
        answer = client.get(f"/api/runs?{query}")
        assert answer.status_code == 200, answer.text
        return [run["id"] for run in answer.json()["runs"]]

    assert ids("method=ols") == [3, 1]
    assert ids("method=ols,hard&sort=id") == [1, 2, 3]
    assert ids("method=ols&method=hard&state=queued,running&dataset=") == [3, 2, 1]
    assert ids("tag=hard") == [2]
    assert ids("tag=hard, ols") == [3, 2, 1]
    assert ids("state=finished") == []
    assert ids("q=hard") == [2]
    first = client.get("/api/runs?limit=2").json()
    second = client.get(f"/api/runs?limit=2&cursor={first['next_cursor']}").json()
    assert [r["id"] for r in second["runs"]] == [1]


def test_two_hundred_runs_take_five_queries(client: Any, database: Database) -> None:
    for n in range(200):
        make.submit(database, tags=["sweep"], seed=n)
    client.app.state.lease_keeper.close()  # its look each second is not the list's
    with make.counted(client.app.state.database) as statements:
        answer = client.get("/api/runs?limit=200")
    assert len(answer.json()["runs"]) == 200
    assert len(statements) == 5
    assert answer.headers["content-encoding"] == "gzip"


def test_each_action_answers_the_run(client: Any) -> None:
    client.post("/api/runs", json=OLS)

    def act(action: str, run_id: int = 1) -> tuple[int, str]:
        answer = client.post(f"/api/runs/{run_id}/{action}")
        body = answer.json()
        return answer.status_code, body["state"] if "state" in body else body["error"]["code"]

    assert act("pause") == (200, "paused")
    assert act("pause") == (409, "conflict")
    assert act("resume") == (200, "queued")
    assert act("cancel") == (200, "cancelled")
    assert act("cancel") == (409, "conflict")
    assert act("retry") == (200, "queued")
    assert act("clone") == (200, "queued")
    assert client.get("/api/runs/2").json()["name"] == "ols digits s0 (2)"
    assert act("restore") == (409, "conflict")
    assert act("cancel", 99) == (404, "not_found")
    assert act("dance") == (404, "not_found")


def test_two_cancels_of_a_running_run(client: Any, database: Database) -> None:
    run_id = make.run_in(database, "running")
    for _ in range(2):
        answer = client.post(f"/api/runs/{run_id}/cancel")
        assert answer.status_code == 200
        assert answer.json()["cancel_requested"] is True
        assert answer.json()["state"] == "running"


def test_cancelling_a_finished_run_names_its_state(client: Any, database: Database) -> None:
    run_id = make.run_in(database, "finished")
    answer = client.post(f"/api/runs/{run_id}/cancel")
    assert answer.status_code == 409
    assert "has finished" in answer.json()["error"]["message"]


def test_delete_hides_and_restore_brings_back(client: Any, database: Database) -> None:
    running = make.run_in(database, "running")
    assert client.delete(f"/api/runs/{running}").status_code == 409
    run_id = make.run_in(database, "finished")
    deleted = client.delete(f"/api/runs/{run_id}")
    assert (deleted.status_code, deleted.content) == (204, b"")
    for path in ("", "/log", "/metrics", "/matrices", "/events", "/checkpoint"):
        assert client.get(f"/api/runs/{run_id}{path}").status_code == 404, path
    assert client.delete(f"/api/runs/{run_id}").status_code == 404
    assert client.post(f"/api/runs/{run_id}/restore").json()["state"] == "finished"
    assert client.get(f"/api/runs/{run_id}").status_code == 200


def test_only_what_is_given_changes(client: Any) -> None:
    client.post("/api/runs", json={**OLS, "tags": ["a"]})
    changed = client.patch("/api/runs/1", json={"notes": "n", "priority": 3, "archived": True})
    assert changed.status_code == 200
    run = changed.json()
    assert (run["notes"], run["priority"], run["archived"]) == ("n", 3, True)
    assert client.patch("/api/runs/1", json={"pinned": True}).json()["pinned"]
    assert (run["name"], run["tags"]) == ("ols digits s0", ["a"])
    assert client.patch("/api/runs/1", json={"tags": [], "name": "x"}).json()["tags"] == []
    assert client.patch("/api/runs/1", json={}).status_code == 200
    assert client.patch("/api/runs/99", json={"name": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"name": " "}, "name"),
        ({"name": None}, "name"),
        ({"priority": 10**30}, "priority"),
        ({"state": "finished"}, "state"),
        ({"notes": "\x00"}, "notes"),
    ],
)
def test_a_wrong_change_is_named(client: Any, body: dict[str, Any], path: str) -> None:
    client.post("/api/runs", json=OLS)
    answer = client.patch("/api/runs/1", json=body)
    assert answer.status_code == 422
    assert [field["path"] for field in answer.json()["error"]["fields"]] == [path]


def test_an_estimate(client: Any, database: Database) -> None:
    assert client.post("/api/runs/estimate", json=OLS).json() == {"seconds": None, "based_on": 0}
    began = time.monotonic()
    run_id = make.trained(database)
    made = time.monotonic() - began  # on the clock, beside its epochs
    with database.write() as session:
        index_summary(session, run_id, {"epoch_seconds": {"last": 2.0, "best": 2.0}})
    body = {"spec": {"method": "hard", "epochs": 10}}
    answer = client.post("/api/runs/estimate", json=body).json()
    assert answer == {"seconds": pytest.approx(20.0, abs=1 + made), "based_on": 1}


def test_compare_and_metrics(client: Any, database: Database) -> None:
    first, second = make.trained(database, 2), make.trained(database, 3, method="hard")
    series = client.get(f"/api/runs/{second}/metrics?names=val_top1&after=1").json()
    assert series == {
        "names": ["val_top1"],
        "epochs": [2, 3],
        "values": {"val_top1": [0.02, 0.03]},
    }
    found = client.get(f"/api/compare?runs={first},{second},{first}&names=val_top1").json()
    assert found["series"]["val_top1"] == [[0.01, 0.02, None], [0.01, 0.02, 0.03]]
    assert found["names"] == ["val_top1"]
    assert found["differences"][0] == {"path": "method.name", "values": ["ols", "hard"]}
    assert client.get("/api/compare?runs=1,999").status_code == 404
    for query in ("", "?runs=", "?runs=a", "?runs=1,-2", f"?runs={','.join(map(str, range(101)))}"):
        answer = client.get(f"/api/compare{query}")
        assert answer.status_code == 422, query
        assert answer.json()["error"]["fields"][0]["path"] == "runs"


@pytest.mark.parametrize(("old", "new"), RENAMED.items())
def test_a_sort_of_earlier_addresses_is_the_metrics(
    client: Any, database: Database, old: str, new: str
) -> None:
    for seed in range(3):
        make.trained(database, epochs=3 - seed, seed=seed)
    whole = client.get("/api/runs", params={"sort": f"-{new}"}).json()["runs"]
    first = client.get("/api/runs", params={"sort": f"-{old}", "limit": 2}).json()
    sort, value, last = _read(first["next_cursor"])
    assert sort == f"-{new}"
    cursor = base64.urlsafe_b64encode(json.dumps([f"-{old}", value, last]).encode()).decode()
    rest = client.get("/api/runs", params={"sort": f"-{old}", "cursor": cursor}).json()
    assert [run["id"] for run in first["runs"] + rest["runs"]] == [run["id"] for run in whole]


def _read(cursor: str) -> list[Any]:
    text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    found: list[Any] = json.loads(text)
    return found
