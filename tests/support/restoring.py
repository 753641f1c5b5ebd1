"""An older database over the lab's own SQLite file, while the lab runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

from backend.store.database import Database


def back_up(database: Database, backup: Path) -> None:
    """A copy as `sqlite3 FILE .backup` makes it."""
    _copy(_file(database), backup)


def restore(database: Database, backup: Path) -> None:
    """As `.restore` does: the file stays the same inode, its ids go back."""
    _copy(backup, _file(database))


def _file(database: Database) -> Path:
    assert database.file is not None
    return database.file


def _copy(source: Path, target: Path) -> None:
    with closing(sqlite3.connect(source)) as old, closing(sqlite3.connect(target)) as new:
        old.backup(new)
