from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from backend.store import claims, requests, runs, workers
from backend.store.database import Database
from backend.store.errors import NotFound
from backend.store.listing import RunQuery
from backend.store.tables import Worker
from tests.support import factories as make


def beat(
    database: Database, name: str, run_id: int | None = None, devices: tuple[str, ...] = ("cpu",)
) -> None:
    make.heartbeat(database, name, devices, run_id)


def age(database: Database, name: str, seconds: float) -> None:
    then = datetime.now(UTC) - timedelta(seconds=seconds)
    with database.write() as session:
        session.execute(update(Worker).where(Worker.name == name).values(heartbeat_at=then))


def test_a_worker_is_online_while_its_heart_beats(database: Database) -> None:
    run_id = make.submit(database, name="the run")
    for name in ("a", "b", "c", "old"):
        beat(database, name, run_id)
    beat(database, "a", run_id)
    age(database, "a", 14)
    age(database, "b", 16)
    age(database, "old", 24 * 3600 + 1)
    with database.write() as session:
        workers.stopped(session, "c")
    with database.read() as session:
        found = workers.listing(session)
        assert workers.online_count(session) == 1
    assert [(w["name"], w["online"]) for w in found] == [("a", True), ("b", False), ("c", False)]
    assert found[0]["slots"][0]["run_name"] == "the run"
    assert found[0]["started_at"] == make.STARTED
    assert found[2]["slots"] == []


def test_a_restarted_worker_is_online_again(database: Database) -> None:
    beat(database, "a")
    with database.write() as session:
        workers.stopped(session, "a")
    beat(database, "a")
    with database.read() as session:
        assert workers.listing(session)[0]["online"]


def test_listing_takes_two_queries(database: Database) -> None:
    for n in range(5):
        beat(database, f"w{n}", make.submit(database))
    with make.counted(database) as statements, database.read() as session:
        workers.listing(session)
    assert len(statements) == 2


def note(database: Database, run_id: int) -> str | None:
    with database.read() as session:
        found: str | None = runs.get(session, run_id)["queue_note"]
    return found


@pytest.mark.parametrize(
    ("devices", "most"),
    [
        (("cpu",), 1),
        (("cpu", "cpu", "cpu"), 3),
        (("cuda:0", "cuda:0", "cuda:GPU-ab", "cuda:GPU-ab"), 2),
        ((), 0),
    ],
)
def test_a_gpu_is_one_device_however_many_slots_it_has(
    database: Database, devices: tuple[str, ...], most: int
) -> None:
    beat(database, "a", devices=devices)
    with database.read() as session:
        assert [one.devices for one in workers.online(session)] == [most]


def test_a_run_too_large_for_every_worker_says_so(database: Database) -> None:
    large, fits = make.submit(database, devices=3), make.submit(database, devices=2)
    assert note(database, large) is None, "without any worker the pages say that"
    beat(database, "gone", devices=("cpu",) * 4)
    assert note(database, large) is None
    with database.write() as session:
        workers.stopped(session, "gone")
    beat(database, "a", devices=("cuda:0", "cuda:1"))
    beat(database, "b")
    assert note(database, large) == "needs 3 devices; the largest worker online has 2"
    assert note(database, fits) is None
    beat(database, "c", devices=("cuda:0", "cuda:1", "cuda:2"))
    assert note(database, large) is None


def test_only_a_queued_run_waits_for_a_larger_worker(database: Database) -> None:
    beat(database, "a")
    run_id = make.submit(database, devices=2)
    assert note(database, run_id)
    with database.write() as session:
        requests.pause(session, run_id)
    assert note(database, run_id) is None


def test_a_list_asks_once_what_the_workers_have(database: Database) -> None:
    beat(database, "a")
    for _ in range(5):
        make.submit(database, devices=2)
    with make.counted(database) as statements, database.read() as session:
        page, _ = runs.listing(session, RunQuery())
    assert [run["queue_note"] is None for run in page] == [False] * 5
    assert len(statements) == 8, "with a worker online also when each may start"


def test_a_draining_worker_claims_nothing(database: Database) -> None:
    run_id = make.submit(database)
    beat(database, "w")
    with database.write() as session:
        workers.drain(session, "w", True)
    beat(database, "w")
    with database.write() as session:
        assert workers.listing(session)[0]["draining"]
        assert claims.claim_next(session, worker="w", slot=0, lease_seconds=1) is None
        workers.drain(session, "w", False)
    assert make.claim(database, worker="w").run_id == run_id


def test_a_drained_worker_does_not_keep_runs_from_others(database: Database) -> None:
    make.submit(database)
    beat(database, "w")
    with database.write() as session:
        workers.drain(session, "w", True)
    assert make.claim(database, worker="another")


def test_a_worker_that_starts_anew_is_not_bound_by_what_was_wished(database: Database) -> None:
    beat(database, "w")
    with database.write() as session:
        workers.drain(session, "w", True)
        workers.arrived(session, "w")
        assert not workers.listing(session)[0]["draining"]


def test_draining_a_worker_that_is_not_there_is_refused(database: Database) -> None:
    with database.write() as session, pytest.raises(NotFound, match="'nobody'"):
        workers.drain(session, "nobody", True)


def test_a_run_is_left_to_a_worker_that_has_its_data(database: Database) -> None:
    def taken(worker: str, devices: int = 1) -> int | None:
        with database.write() as session:
            found = claims.claim_next(
                session, worker=worker, slot=0, lease_seconds=60, free=devices
            )
        return found.run_id if found else None

    make.heartbeat(database, "with")
    make.heartbeat(database, "without", ("cpu", "cpu"), lacks=["cifar10"])
    cifar = {"dataset": "cifar10", "model": "small_cnn"}
    first, small = make.submit(database, **cifar), make.submit(database)
    large, last = make.submit(database, devices=2, **cifar), make.submit(database, **cifar)
    assert taken("without") == small  # though `first` came before it
    assert taken("with") == first
    assert taken("without") is None
    # Too large for the one that has the data; its failure will say what to download.
    assert taken("without", devices=2) == large
    with database.write() as session:
        workers.drain(session, "with", True)
    assert taken("without") == last


def test_a_queued_run_says_what_keeps_every_worker_from_it(database: Database) -> None:
    run_id = make.submit(database)
    make.heartbeat(database, "gpu-1", problem="The disk of /data is full.")
    with database.read() as session:
        assert runs.get(session, run_id)["queue_note"] == "worker gpu-1: The disk of /data is full."
        [worker] = workers.listing(session)
    assert worker["problem"] == "The disk of /data is full."
    make.heartbeat(database, "gpu-2")
    with database.read() as session:
        assert runs.get(session, run_id)["queue_note"] is None
