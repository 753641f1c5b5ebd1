"""Conditions that hold now and were told of: a row while each lasts, so that it is told once.

Who inserts the row tells of it, in the same transaction: several may look at once. Once the
condition is over the row goes, and the next time is told of again. Functions do not commit.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.store.tables import Alert
from backend.store.upsert import insert_new


def begin(session: Session, kind: str, subject: str = "") -> bool:
    """The condition holds; True for the one who is to tell of it."""
    row = {"kind": kind, "subject": subject, "since": datetime.now(UTC)}
    return insert_new(session, Alert, row)


def end(session: Session, kind: str, *subjects: str) -> None:
    """The condition is over."""
    session.execute(delete(Alert).where(Alert.kind == kind, Alert.subject.in_(subjects)))


def lasting(session: Session, kinds: Collection[str]) -> set[tuple[str, str]]:
    """The kind and subject of each that lasts."""
    query = select(Alert.kind, Alert.subject).where(Alert.kind.in_(kinds))
    return {(row.kind, row.subject) for row in session.execute(query)}
