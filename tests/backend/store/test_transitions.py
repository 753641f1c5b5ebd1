"""The state machine, table-driven; then claims and their fence."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update
from sqlalchemy.orm import Session

from backend.core.run_states import FINAL, MOVES, RunState
from backend.store import claims, events, leases, requests, runs, transitions
from backend.store.claims import Claim
from backend.store.database import Database
from backend.store.errors import Conflict, NotFound
from backend.store.tables import Run
from tests.support import factories as make

ACTIONS: dict[str, Callable[[Session, int], Run]] = {
    "cancel": requests.cancel,
    "pause": requests.pause,
    "resume": requests.resume,
    "retry": requests.retry,
    "delete": requests.delete,
    "restore": requests.restore,
    "clone": requests.clone,
}

# What each action makes of a run in each state; None: 409.
TABLE = {
    "cancel": {"queued": "cancelled", "paused": "cancelled", "running": "running"},
    "pause": {"queued": "paused", "running": "running"},
    "resume": {"paused": "queued"},
    "retry": {"failed": "queued", "cancelled": "queued"},
    "delete": {s: s for s in make.STATES if s != "running"},
    "restore": {},
    "clone": dict.fromkeys(make.STATES, "queued"),
}


@pytest.mark.parametrize("state", make.STATES)
@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_in_each_state(database: Database, action: str, state: str) -> None:
    run_id = make.run_in(database, state)
    expected = TABLE[action].get(state)
    if expected is None:
        with pytest.raises(Conflict, match=f"Run {run_id} (is|has) "), database.write() as session:
            ACTIONS[action](session, run_id)
        with database.read() as session:
            assert runs.state_of(session, run_id) == state
        return
    with database.write() as session:
        run = ACTIONS[action](session, run_id)
        assert run.state == expected
        assert (run.id != run_id) == (action == "clone")


@pytest.mark.parametrize("action", ACTIONS)
def test_each_action_on_a_missing_or_deleted_run(database: Database, action: str) -> None:
    with pytest.raises(NotFound), database.write() as session:
        ACTIONS[action](session, 12345)
    run_id = make.run_in(database, "finished")
    with database.write() as session:
        requests.delete(session, run_id)
    if action != "restore":
        with pytest.raises(NotFound), database.write() as session:
            ACTIONS[action](session, run_id)


ENDS: dict[str, Callable[[Session, Claim], bool]] = {
    "finished": claims.finish,
    "failed": lambda session, claim: claims.fail(session, claim, "oom", "too big", "tail"),
    "cancelled": claims.cancelled,
    "paused": claims.paused,
    "queued": claims.requeue,
}


@pytest.mark.parametrize("end", ENDS)
def test_each_end_of_a_claim(database: Database, end: str) -> None:
    make.submit(database)
    claim = make.claim(database)
    with database.write() as session:
        assert ENDS[end](session, claim)
    with database.read() as session:
        run = runs.get(session, claim.run_id)
    assert run["state"] == end
    assert run["worker"] is None
    assert (run["finished_at"] is not None) == (end in FINAL)
    assert run["error"] == (
        {"code": "oom", "message": "too big", "log_tail": "tail"} if end == "failed" else None
    )


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("state", make.STATES)
def test_only_the_holder_ends_a_run(database: Database, end: str, state: str) -> None:
    run_id = make.run_in(database, state)
    stale = make.held(run_id, attempt=0 if state == "running" else 1)
    with database.write() as session:
        assert not ENDS[end](session, stale)
        assert claims.renew(session, stale, make.LEASE) == "lost"
    with database.read() as session:
        assert runs.state_of(session, run_id) == state


def test_submitted_run_has_a_name_tags_and_an_event(database: Database) -> None:
    run_id = make.submit(
        database,
        tags=["b", "a", "b"],
        dataset="glyphs",
        noise={"kind": "symmetric", "rate": 0.2},
    )
    with database.read() as session:
        run = runs.get(session, run_id)
        [event] = events.after(session, 0)
    assert run["name"] == "ols glyphs 20% s0"
    assert run["tags"] == ["a", "b"]
    assert run["spec"]["epochs"] == 20, "the resolved spec is stored"
    assert (event.kind, event.data["run_id"], event.data["state"]) == ("state", run_id, "queued")


def test_claims_go_by_priority_then_age(database: Database) -> None:
    ids = [make.submit(database) for _ in range(4)]
    with database.write() as session:
        runs.edit(session, ids[2], {"priority": 5})
        requests.pause(session, ids[0])
        requests.resume(session, ids[0])  # goes to the end of the queue
    with database.read() as session:
        places = {i: runs.get(session, i)["queue_position"] for i in ids}
    order = [make.claim(database).run_id for _ in ids]
    assert order == [ids[2], ids[1], ids[3], ids[0]]
    assert [places[i] for i in order] == [1, 2, 3, 4]
    with database.write() as session:
        claim = claims.claim_next(session, worker="w", slot=0, lease_seconds=1)
    assert claim is None


def take(database: Database, free: int, most: int) -> int | None:
    """The run that a worker claims with `free` of its `most` devices free."""
    with database.write() as session:
        claim = claims.claim_next(
            session, worker="w", slot=0, lease_seconds=30, free=free, most=most
        )
    return claim.run_id if claim else None


def test_a_run_is_claimed_when_its_devices_are_free(database: Database) -> None:
    large, small = make.submit(database, devices=2), make.submit(database)
    assert take(database, free=1, most=2) is None, "the small run does not overtake"
    assert take(database, free=2, most=2) == large
    assert take(database, free=1, most=2) == small


def test_a_run_that_a_worker_can_never_hold_does_not_hold_it_up(database: Database) -> None:
    large, small = make.submit(database, devices=3), make.submit(database)
    assert take(database, free=1, most=2) == small
    assert take(database, free=2, most=2) is None
    assert take(database, free=4, most=4) == large


def test_priority_decides_who_waits_for_whom(database: Database) -> None:
    large, small = make.submit(database, devices=2), make.submit(database)
    with database.write() as session:
        runs.edit(session, small, {"priority": 1})
    assert take(database, free=1, most=2) == small
    assert take(database, free=1, most=2) is None
    assert take(database, free=2, most=2) == large


def test_a_spec_from_before_devices_asks_for_one(database: Database) -> None:
    run_id = make.submit(database)
    with database.write() as session:
        old = {k: v for k, v in make.spec().model_dump(mode="json").items() if k != "devices"}
        session.execute(update(Run).where(Run.id == run_id).values(spec=old))
    claim = make.claim(database)
    assert (claim.run_id, claim.devices) == (run_id, 1)


def test_a_claim_raises_the_attempt_and_keeps_the_first_start(database: Database) -> None:
    make.submit(database)
    first = make.claim(database)
    with database.read() as session:
        started = runs.get(session, first.run_id)["started_at"]
    with database.write() as session:
        assert claims.requeue(session, first)
    second = make.claim(database)
    assert (second.run_id, second.attempt) == (first.run_id, first.attempt + 1)
    assert second.spec["method"]["name"] == "ols"
    with database.read() as session:
        assert runs.get(session, first.run_id)["started_at"] == started
        assert runs.get(session, first.run_id)["progress"]["stage"] == "preparing"


def test_a_retried_run_forgets_its_error(database: Database) -> None:
    run_id = make.run_in(database, "failed")
    with database.write() as session:
        requests.retry(session, run_id)
    with database.read() as session:
        run = runs.get(session, run_id)
    assert (run["state"], run["error"], run["finished_at"]) == ("queued", None, None)
    assert make.claim(database).attempt == 2


def test_a_cancel_reaches_the_worker_and_may_be_said_twice(database: Database) -> None:
    run_id = make.run_in(database, "running")
    for _ in range(2):
        with database.write() as session:
            assert requests.cancel(session, run_id).cancel_requested
    with database.write() as session:
        assert claims.renew(session, make.held(run_id), make.LEASE) == "cancel"
        assert claims.cancelled(session, make.held(run_id))
    with pytest.raises(Conflict, match="is cancelled"), database.write() as session:
        requests.cancel(session, run_id)


def test_a_pause_can_be_taken_back_before_it_happens(database: Database) -> None:
    run_id = make.run_in(database, "running")
    with database.write() as session:
        requests.pause(session, run_id)
        assert claims.renew(session, make.held(run_id), make.LEASE) == "pause"
        requests.resume(session, run_id)
        assert claims.renew(session, make.held(run_id), make.LEASE) == "go_on"


@pytest.mark.parametrize(
    ("request_", "state"), [(None, "queued"), ("cancel", "cancelled"), ("pause", "paused")]
)
def test_an_ended_lease_releases_the_run(
    database: Database, request_: str | None, state: str
) -> None:
    late, healthy = make.submit(database), make.submit(database)
    claim = make.claim(database)
    make.claim(database)
    if request_:
        with database.write() as session:
            ACTIONS[request_](session, late)
    with database.write() as session:
        lease = leases.held_leases(session)[late]
        assert leases.expire(session, late, lease)
        assert not leases.expire(session, late, lease)
        assert claims.renew(session, claim, make.LEASE) == "lost"
    with database.read() as session:
        assert runs.state_of(session, late) == state
        assert runs.state_of(session, healthy) == "running"


def test_a_deleted_run_is_not_claimed_until_it_is_restored(database: Database) -> None:
    run_id = make.submit(database)
    with database.write() as session:
        requests.delete(session, run_id)
    with database.write() as session:
        assert claims.claim_next(session, worker="w", slot=0, lease_seconds=1) is None
    with database.write() as session:
        requests.restore(session, run_id)
    assert make.claim(database).run_id == run_id


def test_after_ten_minutes_a_deleted_run_is_gone(database: Database) -> None:
    run_id = make.submit(database)
    make.set_columns(database, run_id, deleted_at=datetime.now(UTC) - timedelta(minutes=11))
    with pytest.raises(NotFound), database.write() as session:
        requests.restore(session, run_id)


@pytest.mark.parametrize(
    ("name", "copy"),
    [("a", "a (2)"), ("a (2)", "a (3)"), ("x" * 200, "x" * 196 + " (2)"), (" (9)", " (9) (2)")],
)
def test_a_clone_counts_its_name_up(database: Database, name: str, copy: str) -> None:
    run_id = make.submit(database, name=name, tags=["t"])
    with database.write() as session:
        clone = requests.clone(session, run_id).id
    with database.read() as session:
        made = runs.get(session, clone)
        assert (made["name"], made["tags"]) == (copy, ["t"])
        assert made["spec"] == runs.get(session, run_id)["spec"]


@pytest.mark.slow
def test_racing_workers_never_get_the_same_run(database: Database) -> None:
    for round_ in range(200):
        run_id = make.submit(database)
        barrier = threading.Barrier(2)
        taken: list[Claim | None] = []

        def work(name: str, barrier: threading.Barrier, taken: list[Claim | None]) -> None:
            barrier.wait()
            with database.write() as session:
                found = claims.claim_next(session, worker=name, slot=0, lease_seconds=30)
            taken.append(found)

        threads = [threading.Thread(target=work, args=(n, barrier, taken)) for n in ("a", "b")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        won = [claim for claim in taken if claim]
        assert [claim.run_id for claim in won] == [run_id], f"round {round_}: {taken}"


@pytest.mark.parametrize("before", RunState)
@pytest.mark.parametrize("after", RunState)
def test_no_move_is_made_that_the_states_do_not_allow(
    database: Database, before: RunState, after: RunState
) -> None:
    run_id = make.run_in(database, before)
    with database.write() as session:
        moved = transitions.move(session, [Run.id == run_id], {"state": after})
    assert (moved is not None) == (after in MOVES[before])
