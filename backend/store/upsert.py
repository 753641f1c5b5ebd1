"""INSERT ... ON CONFLICT, which SQLite and PostgreSQL spell alike."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from backend.store.tables import Base


def upsert(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts `rows` (all with the same keys), overwriting those whose primary key exists."""
    if not rows:
        return
    insert = _insert(session, table)
    keys = [column.name for column in table.__table__.primary_key]
    updates = {name: insert.excluded[name] for name in rows[0] if name not in keys}
    session.execute(insert.on_conflict_do_update(index_elements=keys, set_=updates), list(rows))


def insert_missing(session: Session, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts `rows` (all with the same keys) but those whose primary key exists."""
    keys = [column.name for column in table.__table__.primary_key]
    insert = _insert(session, table).on_conflict_do_nothing(index_elements=keys)
    session.execute(insert, list(rows))


def insert_new(session: Session, table: type[Base], row: Mapping[str, Any]) -> bool:
    """Inserts `row` unless its primary key exists, or somebody else inserts it just now."""
    keys = [column.name for column in table.__table__.primary_key]
    insert = _insert(session, table).values(**row).on_conflict_do_nothing(index_elements=keys)
    return session.execute(insert.returning(*table.__table__.primary_key)).one_or_none() is not None


def _insert(session: Session, table: type[Base]) -> Any:
    dialect = session.get_bind().dialect.name
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
