"""Who changed what of a run, and when: written in the transaction that changes it.

Without people nothing is written: there is nobody to name. What a loop of its own measures, and
what workers do, are no changes; attempts say the latter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from backend.core.actor import actor_name
from backend.schemas.people import RunChange
from backend.store.tables import Change, Run

MOST = 1000  # shown of a run, the newest


def record(session: Session, run_ids: Iterable[int], action: str, **details: Any) -> None:
    """Notes what whoever asks has done to these runs."""
    person = actor_name()
    if person is None:
        return
    now = datetime.now(UTC)
    rows = [
        {"run_id": each, "person": person, "action": action, "details": details, "made_at": now}
        for each in run_ids
    ]
    if rows:
        session.execute(insert(Change), rows)


def was(session: Session, run_id: int, columns: Sequence[str]) -> dict[str, Any]:
    """These columns as they are before a change; nothing where nobody is named."""
    if actor_name() is None or not columns:
        return {}
    query = select(*(getattr(Run, column) for column in columns)).where(Run.id == run_id)
    row = session.execute(query).one_or_none()
    return dict(row._mapping) if row else {}


def listing(session: Session, run_id: int) -> list[RunChange]:
    """Of one run, the newest first."""
    query = select(Change).where(Change.run_id == run_id).order_by(Change.id.desc()).limit(MOST)
    return [
        {
            "person": change.person,
            "action": change.action,
            "details": change.details,
            "made_at": change.made_at,
        }
        for change in session.scalars(query)
    ]
