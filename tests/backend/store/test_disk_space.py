"""The SQLite file and its log shrink: by byte counts, beside readers and after deletions."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from backend.core.settings import Settings
from backend.store import disk_space
from backend.store.database import LONGEST_LOG, Database, connect, migrate
from backend.store.purge import purge_deleted
from tests.support import factories as make
from tests.support.waiting import wait_until

MIB = 2**20


def file_bytes(database: Database) -> int:
    assert database.file is not None
    return database.file.stat().st_size


def log_bytes(database: Database) -> int:
    assert database.file is not None
    return disk_space.log_bytes(database.file)


def write(database: Database, mib: int) -> None:
    """One transaction that the log has to hold."""
    with database.write() as session:
        session.execute(text("CREATE TABLE IF NOT EXISTS bulk (id INTEGER PRIMARY KEY, data)"))
        for _ in range(mib):
            session.execute(text("INSERT INTO bulk (data) VALUES (zeroblob(:n))"), {"n": MIB})


@contextmanager
def reading(database: Database) -> Iterator[None]:
    """A read transaction that is open."""
    with database.read() as session:
        session.execute(text("SELECT count(*) FROM runs"))
        yield


@contextmanager
def never_without_a_reader(database: Database, seconds: float = 0.05) -> Iterator[None]:
    """Short reads, each of which begins before the one before it ends."""
    over = threading.Event()

    def loop(begin: threading.Event, begun: threading.Event) -> None:
        while begin.wait() and not over.is_set():
            begin.clear()
            with reading(database):
                begun.set()
                over.wait(seconds)

    turns = threading.Event(), threading.Event()
    readers = [threading.Thread(target=loop, args=pair) for pair in (turns, turns[::-1])]
    for reader in readers:
        reader.start()
    turns[0].set()
    try:
        yield
    finally:
        over.set()
        for turn in turns:
            turn.set()
        for reader in readers:
            reader.join()


def test_the_log_stays_short_beside_readers_that_never_all_end(database: Database) -> None:
    trimmer, longest = disk_space.LogTrimmer(database), 0
    with never_without_a_reader(database):
        for _ in range(3 * LONGEST_LOG // (8 * MIB)):
            write(database, 8)
            longest = max(longest, log_bytes(database))
            wait_until(lambda: trimmer.look() or log_bytes(database) <= LONGEST_LOG)
    assert LONGEST_LOG < longest <= LONGEST_LOG + 9 * MIB
    assert disk_space.trim_log(database, disk_space.SMALL_LOG)
    assert log_bytes(database) <= disk_space.SMALL_LOG


def test_a_log_that_a_reader_let_grow_is_cut_when_the_reader_has_gone(database: Database) -> None:
    with reading(database):
        write(database, 80)
        assert not disk_space.trim_log(database)
        assert log_bytes(database) > 80 * MIB
    assert disk_space.trim_log(database)
    assert log_bytes(database) == 0


def test_without_a_janitor_the_log_keeps_no_more_than_the_limit(database: Database) -> None:
    with reading(database):
        write(database, 80)
    for _ in range(2):  # the first checkpoints, the second begins the log anew
        write(database, 1)
    assert log_bytes(database) <= LONGEST_LOG


def test_a_trim_that_fails_is_tried_ever_less_often(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, tried = [0.0], []
    monkeypatch.setattr(disk_space.time, "monotonic", lambda: now[0])
    monkeypatch.setattr(disk_space, "trim_log", lambda _: tried.append(now[0]))
    trimmer = disk_space.LogTrimmer(database)
    for second in range(100):
        now[0] = float(second)
        trimmer.look()
    assert tried == [0, 1, 3, 7, 15, 31, 63, 95]


@pytest.mark.slow
def test_deleted_runs_give_their_bytes_back(config: Settings, database: Database) -> None:
    kept = make.trained(database)
    before = file_bytes(database)
    run_id = make.trained(database, epochs=1)
    with database.write() as session:
        session.execute(
            text("UPDATE matrices SET preview = zeroblob(:n) WHERE run_id = :run"),
            {"n": 20 * MIB, "run": run_id},
        )
    disk_space.trim_log(database, 0)
    assert file_bytes(database) > before + 40 * MIB
    late = datetime.now(UTC) - timedelta(minutes=11)
    make.set_columns(database, run_id, deleted_at=late)
    assert purge_deleted(database, config) == [run_id]
    assert disk_space.give_back(database) > 0
    assert file_bytes(database) <= before + disk_space.LITTLE + MIB
    with database.read() as session:
        assert session.scalar(text("PRAGMA integrity_check")) == "ok"
        assert session.scalar(
            text("SELECT count(*) FROM epochs WHERE run_id = :run"), {"run": kept}
        )


def test_an_older_file_is_rewritten_once_and_shrinks_by_itself_from_then_on(
    tmp_path: Path,
) -> None:
    database = old_file(tmp_path / "ols.sqlite3")
    full = disk_space.usage(database)
    assert full is not None
    assert not full.shrinks
    assert full.free >= 80 * MIB
    assert disk_space.give_back(database) == 0
    disk_space.rewrite(database)
    shrunk = disk_space.usage(database)
    assert shrunk == disk_space.Usage(file_bytes(database), 0, full.page, shrinks=True)
    assert shrunk.file < full.file - 80 * MIB
    database.dispose()


def old_file(path: Path) -> Database:
    """As versions before 0.2 made it, with 80 MiB of nothing inside."""
    import sqlite3

    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA auto_vacuum = NONE")
        connection.execute("CREATE TABLE first (id INTEGER)")
    connection.close()
    url = f"sqlite:///{path}"
    migrate(url)
    database = connect(url)
    write(database, 80)
    with database.write() as session:
        session.execute(text("DELETE FROM bulk"))
    disk_space.trim_log(database, 0)
    return database
