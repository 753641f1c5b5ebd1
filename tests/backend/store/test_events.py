from __future__ import annotations

import threading
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from pydantic import TypeAdapter
from pydantic_core import to_json
from sqlalchemy import delete, update

from backend.schemas.events import EpochEvent, Kind, StateEvent
from backend.schemas.runs import RunProgress
from backend.store import events, logged_points, logged_runs, recorder, requests
from backend.store.database import Database
from backend.store.logged_points import LoggedPoints
from backend.store.tables import Event, Run
from ols.training.epoch_report import Progress
from tests.support import factories as make


def append(database: Database, run_id: int, *kinds: Kind) -> None:
    with database.write() as session:
        for kind in kinds:
            events.append(session, run_id, kind, {"n": 1})


def test_what_events_say_is_what_their_schemas_name(database: Database) -> None:
    make.trained(database, epochs=2)
    make.run_in(database, "failed")
    running = make.run_in(database, "running")
    with database.write() as session:
        progress = Progress("training", 1, 3, 2, 10, 5.0, 90.0)
        recorder.record_progress(session, make.held(running), progress, 30)
        facts = {"method": "", "dataset": "", "model": "", "epochs": 0}
        logged, _ = logged_runs.begin(session, stale_seconds=600, **facts)
        points = LoggedPoints()
        points.add_epoch(1, datetime.now(UTC), {"a": 1.0})
        points.add_step(0, 7, 0.0, {"b": None})
        logged_points.record(session, logged_runs.open_run(session, logged, 600), points)
    with database.read() as session:
        rows = events.after(session, 0)
    kinds = {"state": StateEvent, "progress": RunProgress, "epoch": EpochEvent}
    assert {(row.kind, row.run_id) for row in rows} >= {
        ("epoch", running - 2), ("state", running - 1), ("progress", running),
        ("epoch", logged), ("progress", logged),
    }  # fmt: skip
    for row in rows:
        assert row.data.keys() - {"run_id"} == kinds[row.kind].__annotations__.keys()
        TypeAdapter(kinds[row.kind]).validate_json(to_json(row.data))


def test_events_come_in_order_after_the_cursor(database: Database) -> None:
    first, second = make.submit(database), make.submit(database)
    append(database, first, "epoch", "epoch")
    append(database, second, "epoch")
    with database.read() as session:
        rows = events.after(session, 0)
        assert [row.run_id for row in rows] == [first, second, first, first, second]
        assert [row.id for row in rows] == sorted(row.id for row in rows)
        assert events.after(session, rows[1].id) == rows[2:]
        assert events.after(session, 0, limit=2) == rows[:2]
        assert [row.run_id for row in events.after(session, 0, [second])] == [second, second]
        assert events.last_id(session) == rows[-1].id
        assert events.last_id(session, first) == rows[3].id
        assert events.after(session, events.last_id(session)) == []


def test_no_event_of_a_transaction_that_failed(database: Database) -> None:
    run_id = make.submit(database)
    with suppress(RuntimeError), database.write() as session:
        events.append(session, run_id, "epoch", {})
        raise RuntimeError
    with database.read() as session:
        assert [row.kind for row in events.after(session, 0)] == ["state"]


def test_only_the_newest_progress_is_kept(database: Database) -> None:
    run_id = make.submit(database)
    append(database, run_id, "progress", "epoch", "progress")
    append(database, run_id, "progress")
    with database.read() as session:
        assert [row.kind for row in events.after(session, 0)] == ["state", "epoch", "progress"]


def test_a_reader_never_misses_an_event_that_commits_late(database: Database) -> None:
    """Writers race, each holding its transaction open for a while; a cursor sees all of them."""
    ids = [make.submit(database) for _ in range(4)]
    done = threading.Event()

    def write(run_id: int) -> None:
        for n in range(15):
            with database.write() as session:
                events.append(session, run_id, "epoch", {"n": n})
                time.sleep(0.001 * (run_id % 3))

    def read() -> None:
        cursor = 0
        while True:
            last_round = done.is_set()
            with database.read() as session:
                for row in events.after(session, cursor):
                    assert row.id > cursor
                    cursor = row.id
                    seen.append(row.id)
            if last_round:
                return

    seen: list[int] = []
    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(run_id,)) for run_id in ids]
    reader.start()
    for thread in writers:
        thread.start()
    for thread in writers:
        thread.join()
    done.set()
    reader.join()
    with database.read() as session:
        assert seen == [row.id for row in events.after(session, 0)]
    assert len(seen) == 4 + 4 * 15


def test_old_events_are_pruned_but_the_newest_stays(database: Database) -> None:
    run_id = make.submit(database)
    append(database, run_id, "epoch", "epoch")
    with database.write() as session:
        old = datetime.now(UTC) - events.KEPT - timedelta(minutes=1)
        session.execute(update(Event).values(created_at=old))
        last = events.last_id(session)
        assert events.prune(session) == 2
        assert events.last_id(session) == last


def test_ids_do_not_go_back_with_runs_that_are_purged(database: Database) -> None:
    """Their events go with them, and the newest may be one of theirs; ids are never given again."""
    kept, purged = make.submit(database), make.submit(database)
    with database.read() as session:
        before = events.last_given(session)
    with database.write() as session:
        session.execute(delete(Run).where(Run.id == purged))
    with database.read() as session:
        assert events.last_id(session) < before == events.last_given(session)
        assert events.last_id(session, kept)


def test_an_event_says_whether_it_moved_the_run(database: Database) -> None:
    run_id = make.run_in(database, "finished")
    with database.write() as session:
        requests.rename(session, run_id, "another name")
    with database.read() as session:
        said = [(e.data["state"], e.data["moved"]) for e in events.after(session, 0)]
    assert said == [("queued", True), ("running", True), ("finished", True), ("finished", False)]
