"""What a SQLite file takes on the disk, and how it shrinks again; PostgreSQL sees to itself.

Two things grow. The write-ahead log (`ols.sqlite3-wal`) begins anew only in a moment without
readers, and a busy lab has none: `trim_log` makes one. Rows that are deleted leave free pages
inside the file: `give_back` moves them to its end and cuts them off. That needs a file which was
made for it (auto_vacuum); those of older versions are rewritten once, by `rewrite`.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.store.database import BUSY_SECONDS, LONGEST_LOG, Database

SMALL_LOG = 4 * 2**20  # bytes; SQLite's own checkpoints keep it about here while nobody reads
LITTLE = 16 * 2**20  # free bytes that are left in the file for the rows to come
STEP = 8 * 2**20  # bytes that are freed in one transaction, so that no writer waits for long
PATIENCE = 0.25  # seconds for which a trim waits for readers, and writers for it
LONGEST_PAUSE = 32.0  # seconds between two trims while a reader stays


@dataclass(frozen=True)
class Usage:
    """Bytes of a database's file, its log apart, and of it those that hold nothing."""

    file: int
    free: int
    page: int
    shrinks: bool  # while the lab runs


def usage(database: Database) -> Usage | None:
    """None where the server sees to it."""
    if database.file is None:
        return None
    with _cursor(database) as cursor:
        size, pages, free, mode = (
            cursor.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_size", "page_count", "freelist_count", "auto_vacuum")
        )
    return Usage(size * pages, size * free, size, mode != 0)


def trim_log(database: Database, larger_than: int = LONGEST_LOG) -> bool:
    """Empties a log that is larger; False where a reader stayed for longer than the patience."""
    if database.file is None or log_bytes(database.file) <= larger_than:
        return True
    with _cursor(database, PATIENCE) as cursor:
        try:
            busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        except sqlite3.Error:  # another process does the same; a fault shows where rows are read
            return False
    return busy == 0


class LogTrimmer:
    """Trims whenever the log is too long; pauses ever longer while a reader lets it not, for each
    try holds the writers up."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._pause = 0.0
        self._next = 0.0

    def look(self) -> None:
        """To be called once per second or so; costs a stat."""
        if time.monotonic() < self._next:
            return
        trimmed = trim_log(self._database)
        self._pause = 0.0 if trimmed else min(max(1.0, 2 * self._pause), LONGEST_PAUSE)
        self._next = time.monotonic() + self._pause


def log_bytes(file: Path) -> int:
    """Of the write-ahead log beside the database's file."""
    try:
        return file.with_name(f"{file.name}-wal").stat().st_size
    except FileNotFoundError:
        return 0


def give_back(database: Database) -> int:
    """Cuts free pages off the file, but for a little; the bytes that it lost."""
    before = usage(database)
    if before is None or not before.shrinks or before.free <= LITTLE:
        return 0
    with _cursor(database) as cursor:
        for start in range(LITTLE, before.free, STEP):
            pages = min(STEP, before.free - start) // before.page
            # execute() would free a single page: it takes one step of the statement only.
            cursor.executescript(f"PRAGMA incremental_vacuum({pages})")
    trim_log(database, 0)  # the file itself is cut when the log has been written into it
    after = usage(database)
    return before.file - after.file if after else 0


def rewrite(database: Database) -> None:
    """Writes the file anew without free pages, so that it shrinks by itself from then on.

    Nothing can be written meanwhile. Raises OSError where the disk has no room for a copy, and
    sqlite3.OperationalError while somebody writes.
    """
    if database.file is None:
        return
    size = database.file.stat().st_size
    if shutil.disk_usage(database.file.parent).free < 2 * size:
        raise OSError(f"{2 * size / 1e9:.1f} GB must be free: the file is copied twice")
    with _cursor(database) as cursor:
        cursor.execute("PRAGMA auto_vacuum = INCREMENTAL")
        cursor.execute("VACUUM")
    trim_log(database, 0)


@contextmanager
def _cursor(database: Database, patience: float = BUSY_SECONDS) -> Iterator[sqlite3.Cursor]:
    """Outside any transaction, where alone these statements work."""
    connection = database.engine.raw_connection()
    try:
        driver: sqlite3.Connection = connection.driver_connection  # type: ignore[assignment]
        cursor = driver.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {round(1000 * patience)}")
        try:
            yield cursor
        finally:
            cursor.execute(f"PRAGMA busy_timeout = {1000 * BUSY_SECONDS}")
            cursor.close()
    finally:
        connection.close()
