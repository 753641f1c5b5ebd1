"""Who held a run, until when, and how it ended."""

from __future__ import annotations

import pytest

from backend.store import attempts, claims, leases, requests, runs
from backend.store.claims import Claim
from backend.store.database import Database
from tests.support import factories as make


def history(database: Database, run_id: int) -> list[tuple]:
    with database.read() as session:
        found = attempts.listing(session, run_id)
    return [(each["attempt"], each["outcome"], each["last_epoch"]) for each in found]


def crash(database: Database, claim: Claim, why: str = "it broke") -> str | None:
    with database.write() as session:
        assert claims.crashed(session, claim, "crash", why)
        return runs.state_of(session, claim.run_id)


def test_a_claim_begins_an_attempt_at_the_epoch_to_be_trained(database: Database) -> None:
    run_id = make.submit(database)
    assert history(database, run_id) == []
    claim = make.claim(database, worker="host:1")
    make.record(database, claim, 1)
    with database.write() as session:
        assert claims.requeue(session, claim)
    make.claim(database, worker="host:2")
    with database.read() as session:
        second, first = attempts.listing(session, run_id)
    assert (first["worker"], first["first_epoch"], first["last_epoch"]) == ("host:1", 1, 1)
    assert first["started_at"] <= first["ended_at"] <= second["started_at"]
    assert (second["first_epoch"], second["outcome"], second["ended_at"]) == (2, None, None)


@pytest.mark.parametrize(
    ("end", "outcome"),
    [
        (claims.finish, "finished"),
        (claims.cancelled, "cancelled"),
        (claims.paused, "paused"),
        (claims.requeue, "handed back"),
    ],
)
def test_each_end_is_its_outcome(database: Database, end, outcome: str) -> None:  # type: ignore[no-untyped-def]
    run_id = make.submit(database)
    claim = make.claim(database)
    with database.write() as session:
        assert end(session, claim)
        assert not end(session, claim), "once"
    assert history(database, run_id) == [(1, outcome, 0)]


def test_the_third_crash_in_an_epoch_fails_the_run(database: Database) -> None:
    run_id = make.submit(database)
    assert crash(database, make.claim(database)) == "queued"
    assert crash(database, make.claim(database)) == "queued"
    assert crash(database, make.claim(database), "no luck") == "failed"
    with database.read() as session:
        error = runs.get(session, run_id)["error"]
    assert "3 times in epoch 1" in error["message"]
    assert "no luck" in error["message"]
    assert [outcome for _, outcome, _ in history(database, run_id)] == [
        "failed",
        "crashed",
        "crashed",
    ]


def test_what_is_not_the_trainers_fault_does_not_count(database: Database) -> None:
    make.submit(database)
    for number in range(8):
        claim = make.claim(database)
        if number in (2, 6):
            assert crash(database, claim) == "queued"
            continue
        with database.write() as session:
            lease = leases.held_leases(session)[claim.run_id]
            done = (
                leases.expire(session, claim.run_id, lease)
                if number % 2
                else claims.requeue(session, claim)
            )
        assert done
    assert crash(database, make.claim(database)) == "failed"


def test_an_epoch_further_on_counts_anew(database: Database) -> None:
    make.submit(database)
    for epoch in (1, 2, 3):
        for _ in range(2):
            claim = make.claim(database)
            make.record(database, claim, epoch)
            assert crash(database, claim) == "queued"


def test_a_crash_of_a_run_that_is_to_be_cancelled_cancels_it(database: Database) -> None:
    run_id = make.submit(database)
    claim = make.claim(database)
    with database.write() as session:
        requests.cancel(session, run_id)
    assert crash(database, claim) == "cancelled"
