"""One action on many runs, priorities, devices, attempts, and draining a worker."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.run_actions import possible
from backend.store import claims, events, runs
from backend.store.database import Database
from tests.support import factories as make


def act(client: Any, *ids: int, action: str, **more: int | str) -> dict[int, str]:
    """id -> the state it came to, or the code of why not."""
    answer = client.post("/api/runs/actions", json={"ids": ids, "action": action, **more})
    assert answer.status_code == 200, answer.text
    return {
        each["id"]: each["run"]["state"] if "run" in each else each["error"]["code"]
        for each in answer.json()["results"]
    }


def test_each_run_is_done_or_says_why_not(client: Any, database: Database) -> None:
    finished, queued = make.run_in(database, "finished"), make.submit(database)
    found = act(client, finished, 99, queued, queued, action="cancel")
    assert found == {finished: "conflict", 99: "not_found", queued: "cancelled"}
    answer = client.post("/api/runs/actions", json={"ids": [finished], "action": "cancel"}).json()
    why = answer["results"][0]["error"]
    assert "has finished" in why["message"]
    assert (why["one"], why["several"]) == ("has finished", "have finished")
    gone = answer_of(client, 99, "cancel")["error"]
    assert (gone["one"], gone["several"]) == ("is gone", "are gone")


def answer_of(client: Any, run_id: int, action: str) -> dict[str, Any]:
    body = {"ids": [run_id], "action": action}
    result: dict[str, Any] = client.post("/api/runs/actions", json=body).json()["results"][0]
    return result


def test_what_is_done_is_said_in_words(client: Any, database: Database) -> None:
    queued = make.submit(database, name="r")
    body = {"ids": [queued], "action": "cancel"}
    answer = client.post("/api/runs/actions", json=body).json()
    assert answer["done"] == "cancelled"
    assert answer["results"][0]["message"] == f"r #{queued} cancelled."
    full = make.submit(database, tags=[f"t{n}" for n in range(20)])
    body = {"ids": [full], "action": "tag", "tag": "one more"}
    error = client.post("/api/runs/actions", json=body).json()["results"][0]["error"]
    assert error["one"] == error["several"] == "has 20 tags already; at most 20 fit"


@pytest.mark.parametrize(
    ("before", "action", "after"),
    [
        ("queued", "pause", "paused"),
        ("paused", "resume", "queued"),
        ("failed", "retry", "queued"),
        ("finished", "clone", "queued"),
        ("finished", "delete", "finished"),
        ("running", "cancel", "running"),
    ],
)
def test_every_action_works_on_several(
    client: Any, database: Database, before: str, action: str, after: str
) -> None:
    ids = [make.run_in(database, before) for _ in range(3)]
    assert act(client, *ids, action=action) == dict.fromkeys(ids, after)


def test_deleted_runs_come_back_together(client: Any, database: Database) -> None:
    ids = [make.run_in(database, "failed") for _ in range(2)]
    act(client, *ids, action="delete")
    assert client.get("/api/runs").json()["runs"] == []
    assert act(client, *ids, action="restore") == dict.fromkeys(ids, "failed")


def test_priority_changes_who_is_next(client: Any, database: Database) -> None:
    first, second = make.submit(database), make.submit(database)
    act(client, second, action="priority", priority=5)
    places = {r["id"]: r["queue_position"] for r in client.get("/api/runs").json()["runs"]}
    assert places == {first: 2, second: 1}
    assert make.claim(database).run_id == second


def test_devices_change_while_a_run_does_not_train(client: Any, database: Database) -> None:
    running, queued = make.run_in(database, "running"), make.submit(database)
    found = act(client, running, queued, action="devices", devices=2)
    assert found == {running: "conflict", queued: "queued"}
    assert client.get(f"/api/runs/{queued}").json()["spec"]["devices"] == 2
    small = make.submit(database, batch_size=4)
    assert act(client, small, action="devices", devices=8) == {small: "invalid"}


def listed(client: Any, **query: str) -> dict[int, list[str]]:
    """id -> tags of the runs that a list shows."""
    found = client.get("/api/runs", params=query).json()["runs"]
    return {run["id"]: run["tags"] for run in found}


def test_archived_runs_leave_the_list_and_come_back(client: Any, database: Database) -> None:
    ids = [make.submit(database) for _ in range(2)]
    act(client, ids[0], action="archive")
    assert (set(listed(client)), set(listed(client, archived="true"))) == ({ids[1]}, {ids[0]})
    act(client, ids[0], action="unarchive")
    assert set(listed(client)) == set(ids)


def test_pinned_runs_are_listed_apart_and_come_back(client: Any, database: Database) -> None:
    ids = [make.submit(database) for _ in range(2)]
    act(client, *ids, action="pin")
    act(client, ids[0], action="unpin")
    assert set(listed(client, pinned="true")) == {ids[1]}
    assert set(listed(client, pinned="false")) == {ids[0]}
    assert list(listed(client)) == [ids[1], ids[0]], "the API's order is what was asked for"


def test_a_run_gets_another_name(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    assert act(client, run_id, action="rename", name=" better ") == {run_id: "queued"}
    assert client.get(f"/api/runs/{run_id}").json()["name"] == "better"


def test_a_tag_is_added_once_and_removed(client: Any, database: Database) -> None:
    old, new = make.submit(database, tags=["a"]), make.submit(database)
    act(client, old, new, action="tag", tag="a")
    act(client, new, action="tag", tag="b")
    assert listed(client) == {old: ["a"], new: ["a", "b"]}
    act(client, old, new, action="untag", tag="a")
    assert listed(client) == {old: [], new: ["b"]}


def test_a_run_has_so_many_tags_and_no_more(client: Any, database: Database) -> None:
    full = make.submit(database, tags=[f"t{n}" for n in range(20)])
    assert act(client, full, action="tag", tag="one more") == {full: "conflict"}
    assert act(client, full, action="tag", tag="t3") == {full: "queued"}


@pytest.mark.parametrize("action", ["archive", "pin", "tag", "untag", "priority"])
def test_viewers_hear_of_every_change(client: Any, database: Database, action: str) -> None:
    run_id = make.submit(database)
    with database.read() as session:
        before = events.last_id(session)
    act(client, run_id, action=action, **{"tag": "t"} if "tag" in action else {"priority": 1})
    with database.read() as session:
        assert events.last_id(session) > before


def test_viewers_hear_of_an_edit(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    with database.read() as session:
        before = events.last_id(session)
    client.patch(f"/api/runs/{run_id}", json={"notes": "n"})
    with database.read() as session:
        assert events.last_id(session) == before + 1


@pytest.mark.parametrize("state", make.STATES)
def test_pages_offer_what_the_api_allows(client: Any, database: Database, state: str) -> None:
    for action in ("cancel", "pause", "resume", "retry", "devices", "delete"):
        run_id = make.run_in(database, state)
        offered = action in possible(client.get(f"/api/runs/{run_id}").json())
        found = act(client, run_id, action=action, devices=2)
        assert (found[run_id] != "conflict") == offered, action
        act(client, run_id, action="cancel")  # the next one must be claimed, not this one


def test_what_is_asked_for_already_is_not_offered_again(client: Any, database: Database) -> None:
    run_id = make.run_in(database, "running")
    act(client, run_id, action="pause")
    offered = possible(client.get(f"/api/runs/{run_id}").json())
    assert ("pause" in offered, "resume" in offered, "cancel" in offered) == (False, True, True)
    act(client, run_id, action="cancel")
    offered = possible(client.get(f"/api/runs/{run_id}").json())
    assert not {"pause", "resume", "cancel"} & set(offered)


def test_a_run_is_submitted_with_its_priority(client: Any) -> None:
    answer = client.post("/api/runs", json={"spec": {"method": "ols"}, "priority": 3})
    assert (answer.status_code, answer.json()["priority"]) == (201, 3)
    refused = client.post("/api/runs", json={"spec": {"method": "ols"}, "priority": 1001})
    assert refused.json()["error"]["fields"][0]["path"] == "priority"


@pytest.mark.parametrize(
    ("body", "path"),
    [
        ({"ids": [], "action": "cancel"}, "ids"),
        ({"ids": [0], "action": "cancel"}, "ids.0"),
        ({"ids": ["x"], "action": "cancel"}, "ids.0"),
        ({"ids": [1], "action": "explode"}, "action"),
        ({"ids": [1], "action": "priority"}, ""),
        ({"ids": [1], "action": "devices", "devices": 0}, "devices"),
        ({"ids": [1], "action": "tag"}, ""),
        ({"ids": [1], "action": "rename"}, ""),
        ({"ids": [1], "action": "rename", "name": " "}, "name"),
        ({"ids": [1], "action": "tag", "tag": " "}, "tag"),
        ({"ids": list(range(1, 502)), "action": "cancel"}, "ids"),
    ],
)
def test_what_is_no_selection_is_refused(client: Any, body: dict, path: str) -> None:
    answer = client.post("/api/runs/actions", json=body)
    assert answer.status_code == 422
    assert path in {field["path"] for field in answer.json()["error"]["fields"]}


def test_a_runs_attempts_are_listed(client: Any, database: Database) -> None:
    run_id = make.submit(database)
    claim = make.claim(database, worker="host:1")
    with database.write() as session:
        claims.crashed(session, claim, "killed", "it was killed")
    make.claim(database, worker="host:2")
    second, first = client.get(f"/api/runs/{run_id}/attempts").json()["attempts"]
    assert (first["worker"], first["outcome"], first["reason"]) == (
        "host:1",
        "crashed",
        "it was killed",
    )
    assert (second["attempt"], second["outcome"]) == (2, None)
    assert client.get("/api/runs/99/attempts").status_code == 404


def test_a_worker_is_drained_and_undrained(client: Any, database: Database) -> None:
    make.heartbeat(database, "host:1")
    assert client.post("/api/workers/host:1/drain").status_code == 204
    assert client.get("/api/workers").json()["workers"][0]["draining"] is True
    assert client.post("/api/workers/host:1/undrain").status_code == 204
    assert client.get("/api/workers").json()["workers"][0]["draining"] is False
    assert client.post("/api/workers/nobody/drain").status_code == 404


def test_the_web_process_ends_leases_when_no_worker_is_left(
    client: Any, database: Database
) -> None:
    """Cancelling a run whose worker is gone must not wait for another worker."""
    run_id = make.run_in(database, "running")
    act(client, run_id, action="cancel")
    keeper = client.app.state.lease_keeper
    keeper.close()  # from here on its watch is looked at by this test alone
    watch, clock = keeper._watch, [0.0]
    watch._clock = lambda: clock[0]
    for clock[0] in range(0, 60, 10):
        watch.release(database)
    with database.read() as session:
        assert runs.state_of(session, run_id) == "cancelled"
