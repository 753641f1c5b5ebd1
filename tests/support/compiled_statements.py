"""SQLAlchemy compiles each statement once per process of the suite, not once per test.

An engine keeps what it has compiled, and nearly each test has a database, so an engine, of its own:
to compile the same statements took a fifth of the store's tests.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Engine, create_engine
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.dialects.sqlite.pysqlite import SQLiteDialect_pysqlite

from backend.store import database

_compiled: dict[Any, Any] = {}


def keep() -> None:
    """From now on, for all databases that backend.store.database connects to."""
    database.create_engine = _create_engine  # type: ignore[attr-defined]
    for dialect in (SQLiteDialect_pysqlite, PGDialect_psycopg):
        # Part of a compiled statement's key; ours differ in nothing.
        dialect.__eq__ = lambda self, other: type(self) is type(other)  # type: ignore[assignment]
        dialect.__hash__ = lambda self: hash(type(self))  # type: ignore[method-assign]


def _create_engine(*arguments: Any, **options: Any) -> Engine:
    engine = create_engine(*arguments, **options)
    engine.update_execution_options(compiled_cache=_compiled)
    return engine
