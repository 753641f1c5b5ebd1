"""Jobs of a batch system: what queued runs want, who trains, what is shown of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from backend.store import attempts, batch_jobs, claims, events, runs, workers
from backend.store.batch_jobs import SeenJob, Waiting
from backend.store.database import Database
from backend.store.tables import BatchJob, Experiment
from tests.support import factories as make


def seen(database: Database, *jobs: SeenJob) -> None:
    with database.write() as session:
        batch_jobs.record(session, jobs)


def test_runs_wait_in_the_order_of_claims_with_their_devices(database: Database) -> None:
    first, large = make.submit(database), make.submit(database, devices=2)
    urgent, paused = make.submit(database), make.submit(database)
    make.set_columns(database, urgent, priority=1)
    make.set_columns(database, paused, state="paused")
    with database.read() as session:
        assert batch_jobs.waiting_runs(session) == [
            Waiting(urgent, 1),
            Waiting(first, 1),
            Waiting(large, 2),
        ]


def test_an_experiment_wants_no_more_than_its_places(database: Database) -> None:
    now = datetime.now(UTC)
    with database.write() as session:
        row = Experiment(name="e", notes="", sweep={}, parallel=2, created_at=now)
        session.add(row)
        session.flush()
        experiment = row.id
    numbers = [make.submit(database) for _ in range(4)]
    for number in numbers:
        make.set_columns(database, number, experiment_id=experiment)
    with database.read() as session:
        assert len(batch_jobs.waiting_runs(session)) == 2
    make.set_columns(database, numbers[0], state="running")
    with database.read() as session:
        assert batch_jobs.waiting_runs(session) == [Waiting(numbers[1], 1)]


def test_free_devices_are_those_of_a_worker_that_claims(database: Database) -> None:
    make.submit(database)
    make.claim(database, worker="busy")
    make.heartbeat(database, "idle", ("cuda:0", "cuda:0", "cuda:1"), job="1")
    make.heartbeat(database, "busy", ("cuda:0",), job="2")  # it has just claimed
    make.heartbeat(database, "full", problem="The disk is full.", job="3")
    make.heartbeat(database, "leaving", job="4")
    make.heartbeat(database, "drained", job="5")
    make.heartbeat(database, "before", job="6")
    make.heartbeat(database, "requeued", job="6", started_at=make.STARTED + timedelta(hours=1))
    with database.write() as session:
        workers.stopped(session, "leaving")
        workers.stopped(session, "before")
        workers.drain(session, "drained", True)
        free = batch_jobs.free_devices(session, list("1234567"))
    assert free == {"1": 2, "2": 0, "3": 0, "4": 0, "5": 0, "6": 1}


def test_a_job_has_trained_when_its_worker_recorded_an_epoch(database: Database) -> None:
    for worker, epochs in (("a", 1), ("b", 0)):
        make.heartbeat(database, worker, job=worker)
        make.submit(database)
        with database.write() as session:
            claim = claims.claim_next(session, worker=worker, slot=0, lease_seconds=30)
        assert claim is not None
        for epoch in range(1, epochs + 1):
            make.record(database, claim, epoch)
        with database.write() as session:
            claims.requeue(session, claim)
        make.set_columns(database, claim.run_id, state="paused")
        with database.read() as session:
            assert attempts.listing(session, claim.run_id)[0]["outcome"] == "handed back"
    with database.read() as session:
        assert batch_jobs.trained(session, ["a", "b", "c"]) == {"a"}


def test_a_run_shows_the_job_that_is_for_it_and_watchers_hear_of_changes(
    database: Database,
) -> None:
    run_id = make.submit(database)
    seen(database, SeenJob("12", 1, "PENDING", "Priority", run_id), SeenJob("11", 1, "RUNNING", ""))
    with database.read() as session:
        job = runs.get(session, run_id)["job"]
        assert job == {"number": "12", "state": "PENDING", "reason": "Priority"}
        assert [row["number"] for row in batch_jobs.listing(session)] == ["12", "11"]
        assert batch_jobs.listing(session)[0]["run_name"]
        assert batch_jobs.pending(session) == 1
        before = events.last_id(session)
    seen(database, SeenJob("12", 1, "PENDING", "Priority", run_id))
    with database.read() as session:
        assert events.last_id(session) == before, "nothing has changed"
    seen(database, SeenJob("12", 1, "PENDING", "Resources", run_id))
    with database.read() as session:
        assert events.last_id(session) == before + 1
        job = runs.get(session, run_id)["job"]
        assert job is not None
        assert job["reason"] == "Resources"
    seen(database)
    with database.read() as session:
        assert runs.get(session, run_id)["job"] is None
        assert events.last_id(session) == before + 2


def test_a_running_run_shows_the_job_of_its_worker(database: Database) -> None:
    make.heartbeat(database, "node:1", job="14_3")
    run_id = make.submit(database)
    with database.write() as session:
        claims.claim_next(session, worker="node:1", slot=0, lease_seconds=30)
    with database.read() as session:
        job = runs.get(session, run_id)["job"]
        assert job == {"number": "14_3", "state": "RUNNING", "reason": ""}
        assert workers.listing(session)[0]["job"] == "14_3"


@pytest.mark.parametrize(("minutes", "shown"), [(9, 1), (11, 0)])
def test_what_was_seen_long_ago_is_not_shown(database: Database, minutes: int, shown: int) -> None:
    run_id = make.submit(database)
    seen(database, SeenJob("12", 1, "PENDING", "Priority", run_id))
    then = datetime.now(UTC) - timedelta(minutes=minutes)
    with database.write() as session:
        session.execute(update(BatchJob).values(seen_at=then))
    with database.read() as session:
        assert len(batch_jobs.listing(session)) == batch_jobs.pending(session) == shown
        assert bool(runs.get(session, run_id)["job"]) == bool(shown)
