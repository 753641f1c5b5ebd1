"""The events that pages follow; an event's id is a cursor that loses nothing.

`append` only notes an event; `flush`, which Database.write() calls last, inserts them. On
PostgreSQL an advisory lock from there to the commit makes ids commit in order, so a reader that
has seen id n will never find a smaller one later. Taking it last keeps writers short and free of
deadlocks. SQLite has one writer at a time anyway.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Literal, overload

from sqlalchemy import delete, func, insert, select, text
from sqlalchemy.orm import Session

from backend.schemas.events import EpochEvent, EventData, Kind, StateEvent
from backend.schemas.runs import RunProgress
from backend.store.tables import Event

KEPT = timedelta(days=2)  # a page that slept longer reloads

_LOCK = 0x4F4C5302
_PENDING = "ols_events"
_ORDERED = "ols_ordered"


@dataclass(frozen=True, slots=True)
class EventRow:
    """One event as the streams send it."""

    id: int
    run_id: int
    kind: str
    data: dict[str, Any]


@overload
def append(session: Session, run_id: int, kind: Literal["state"], data: StateEvent) -> None: ...
@overload
def append(session: Session, run_id: int, kind: Literal["progress"], data: RunProgress) -> None: ...
@overload
def append(session: Session, run_id: int, kind: Literal["epoch"], data: EpochEvent) -> None: ...
def append(session: Session, run_id: int, kind: Kind, data: EventData) -> None:
    """Notes an event for the end of this transaction; `run_id` is added to its data."""
    pending: list[dict[str, Any]] = session.info.setdefault(_PENDING, [])
    if kind == "progress":
        pending[:] = [e for e in pending if (e["run_id"], e["kind"]) != (run_id, kind)]
    pending.append({"run_id": run_id, "kind": kind, "data": {"run_id": run_id, **data}})


def flush(session: Session) -> None:
    """Inserts the noted events; the last thing that a transaction does."""
    pending: list[dict[str, Any]] = session.info.pop(_PENDING, [])
    if not pending:
        return
    session.flush()
    commit_in_order(session)
    for item in pending:
        if item["kind"] == "progress":
            # A literal, or SQLite would not see that its partial index fits.
            session.execute(
                delete(Event).where(Event.run_id == item["run_id"], text("kind = 'progress'"))
            )
    now = datetime.now(UTC)
    session.execute(insert(Event), [{**item, "created_at": now} for item in pending])


def commit_in_order(session: Session) -> None:
    """Ids that this transaction inserts from here on commit in their order; asked for last."""
    transaction = session.get_transaction()
    if transaction is not None and session.info.get(_ORDERED) is transaction:
        return
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({_LOCK})"))
    session.info[_ORDERED] = session.get_transaction()


def after(
    session: Session, cursor: int, run_ids: Collection[int] | None = None, *, limit: int = 500
) -> Sequence[EventRow]:
    """Events with an id above `cursor`, oldest first, of these runs or of all."""
    query = select(Event.id, Event.run_id, Event.kind, Event.data).where(Event.id > cursor)
    if run_ids is not None:
        query = query.where(Event.run_id.in_(run_ids))
    rows = session.execute(query.order_by(Event.id).limit(limit))
    return [EventRow(*row) for row in rows]


def last_id(session: Session, run_id: int | None = None) -> int:
    """The newest event's id, 0 when there is none."""
    query = select(func.max(Event.id))
    if run_id is not None:
        query = query.where(Event.run_id == run_id)
    return session.scalar(query) or 0


def last_given(session: Session) -> int:
    """The largest id that was ever given out. Unlike `last_id` it goes back only with the whole
    database: an older one was restored under the running lab."""
    if session.get_bind().dialect.name == "sqlite":
        given = session.scalar(text("SELECT seq FROM sqlite_sequence WHERE name = 'events'"))
    else:
        sequence = "pg_get_serial_sequence('events', 'id')"
        given = session.scalar(text(f"SELECT pg_sequence_last_value({sequence}::regclass)"))
    return given or 0


def prune(session: Session) -> int:
    """Removes events older than KEPT (they repeat what other tables hold), but the newest one."""
    # The newest stays: it is what a stream without a cursor starts from.
    old = Event.created_at < datetime.now(UTC) - KEPT
    newest = select(func.max(Event.id)).scalar_subquery()
    return session.execute(delete(Event).where(old, Event.id < newest)).rowcount  # type: ignore[attr-defined]
