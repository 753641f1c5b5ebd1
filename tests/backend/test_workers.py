from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from backend.store import workers
from backend.store.database import Database
from backend.store.tables import Worker
from tests.backend import factories as make

STARTED = datetime(2026, 1, 1, tzinfo=UTC)


def beat(database: Database, name: str, run_id: int | None = None) -> None:
    with database.write() as session:
        workers.heartbeat(
            session,
            name=name,
            host="h",
            pid=1,
            slots=[{"index": 0, "device": "cpu", "device_name": "CPU", "run_id": run_id}],
            datasets={"digits": {"available": True, "detail": ""}},
            versions={"torch": "2"},
            started_at=STARTED,
        )


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
    assert found[0]["started_at"] == STARTED
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
