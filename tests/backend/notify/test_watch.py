"""What no move of a run tells of; two processes look at the same time."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select, update

from backend.core.settings import Settings
from backend.notify import watch, wording
from backend.store import batch_jobs, claims, experiments, logged_runs, requests
from backend.store.batch_jobs import SeenJob
from backend.store.database import Database
from backend.store.tables import BatchJob, Notice, Worker
from ols.spec.sweep import Sweep
from tests.support import factories as make

Look = Callable[[], list[Notice]]


@pytest.fixture
def clock() -> list[datetime]:
    """Set by hand."""
    return [datetime.now(UTC)]


@pytest.fixture
def look(database: Database, config: Settings, clock: list[datetime]) -> Look:
    """Two looks at the clock's time; all notices that nobody holds back."""

    def twice() -> list[Notice]:
        for _ in range(2):
            watch.look(database, config, clock[0])
        with database.read() as session:
            shown = select(Notice).where(Notice.held.is_(False)).order_by(Notice.id)
            return list(session.scalars(shown))

    return twice


def titles(notices: list[Notice]) -> list[str]:
    return [wording.title(notice) for notice in notices]


def log(database: Database, key: str = "k") -> int:
    kind: dict[str, Any] = {"epochs": 0, "method": "", "dataset": "", "model": ""}
    with database.write() as session:
        return logged_runs.begin(session, stale_seconds=600, key=key, name="loop", **kind)[0]


def test_a_stale_loop_is_told_of_once_each_time(
    database: Database, look: Look, clock: list[datetime]
) -> None:
    run_id = log(database)
    assert look() == []
    clock[0] += timedelta(minutes=11)
    assert titles(look()) == [f"Run {run_id} “loop” is stale"]
    log(database)  # it reports again
    clock[0] = datetime.now(UTC)
    assert len(look()) == 1
    clock[0] += timedelta(minutes=11)
    assert len(look()) == 2


def test_stale_loops_beyond_one_look_follow_with_the_next(
    database: Database, look: Look, clock: list[datetime], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "AT_ONCE", 2)
    ids = [log(database, key) for key in "abcde"]
    clock[0] += timedelta(minutes=11)
    look()
    assert sorted(notice.run_id or 0 for notice in look()) == ids


def worker_seen(database: Database, when: datetime) -> None:
    make.heartbeat(database, "w")
    with database.write() as session:
        session.execute(update(Worker).values(heartbeat_at=when))


def test_runs_without_a_worker_are_told_of_once_until_one_comes(
    database: Database, look: Look, clock: list[datetime]
) -> None:
    began = clock[0]
    run_id = make.submit(database)
    worker_seen(database, began)
    clock[0] = began + timedelta(minutes=9)
    assert look() == []
    for minutes in (11, 60, 600):
        clock[0] = began + timedelta(minutes=minutes)
        assert titles(look()) == ["No worker is online and 1 run waits"]
    worker_seen(database, clock[0])
    look()
    clock[0] += timedelta(minutes=11)
    assert len(look()) == 2
    with database.write() as session:
        requests.cancel(session, run_id)
    clock[0] += timedelta(minutes=30)
    assert len(look()) == 2


def test_nobody_misses_a_worker_while_jobs_of_slurm_wait_for_their_turn(
    database: Database, look: Look, clock: list[datetime]
) -> None:
    run_id = make.submit(database)
    with database.write() as session:
        batch_jobs.record(session, [SeenJob("12", 1, "PENDING", "Priority", run_id)])
    clock[0] += timedelta(hours=2)
    with database.write() as session:
        session.execute(update(BatchJob).values(seen_at=clock[0]))
    assert look() == []
    clock[0] += timedelta(minutes=11)  # squeue was not asked since: nobody follows the queue
    assert titles(look()) == ["No worker is online and 1 run waits"]


def test_a_lab_that_never_had_a_worker_says_so(
    database: Database, look: Look, clock: list[datetime]
) -> None:
    make.submit(database)
    clock[0] += timedelta(minutes=11)
    [notice] = look()
    assert wording.text(notice) == "No worker has reported yet."


def test_nobody_misses_a_worker_while_nothing_waits(look: Look, clock: list[datetime]) -> None:
    clock[0] += timedelta(days=1)
    assert look() == []


def test_a_full_disk_is_told_of_once_until_there_is_room(
    look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    def free(gigabytes: float) -> None:
        usage = SimpleNamespace(total=10**12, free=int(gigabytes * 1e9))
        monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    free(5.5)
    assert look() == []
    free(4.2)
    [notice] = look()
    assert wording.title(notice).startswith("Only 4.2 GB are free on ")
    free(5.5)  # about the limit it may go up and down
    look()
    free(4.9)
    assert len(look()) == 1
    free(7)
    look()
    free(4)
    assert len(look()) == 2


def test_limits_of_zero_look_at_nothing(
    database: Database, config: Settings, look: Look, clock: list[datetime]
) -> None:
    config.notify_no_worker_minutes = config.notify_disk_gb = 0
    make.submit(database)
    clock[0] += timedelta(days=1)
    assert look() == []


def test_an_experiment_ends_in_one_message(database: Database, look: Look) -> None:
    sweep = Sweep.parse({"spec": {"method": "ols"}, "grid": {"seed": [0, 1, 2]}})
    with database.write() as session:
        number = experiments.submit(session, sweep, name="seeds").id
    for _ in range(3):
        assert look() == []
        claim = make.claim(database)
        with database.write() as session:
            claims.finish(session, claim)
    assert titles(look()) == [f"Experiment {number} “seeds” finished"]
    assert wording.text(look()[0]) == "All 3 runs finished."


def test_a_look_that_finds_nothing_new_writes_nothing(
    database: Database, look: Look, clock: list[datetime]
) -> None:
    log(database)
    make.submit(database)
    clock[0] += timedelta(minutes=11)
    look()
    with make.counted(database) as statements:
        look()
    assert not [text for text in statements if not text.startswith("SELECT")]
