"""The lab in a few numbers, for whoever watches over it: three queries, whatever its size."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.core.run_states import RunState
from backend.store import runs
from backend.store.tables import Attempt, Run


@dataclass(frozen=True)
class Vitals:
    """`runs` by state, `attempts` by outcome."""

    runs: dict[str, int]
    attempts: dict[str, int]
    oldest_seconds: float  # that the longest queued run has waited; 0: nothing is queued
    disk_bytes: int  # of all runs' files


def vitals(session: Session) -> Vitals:
    """As things are now."""
    ends = select(Attempt.outcome, func.count().label("number")).group_by(Attempt.outcome)
    waiting = (Run.state == RunState.QUEUED) & Run.deleted_at.is_(None)
    oldest, size = session.execute(
        select(func.min(Run.queued_at).filter(waiting), func.sum(Run.disk_bytes))
    ).one()
    ended = session.execute(ends)
    return Vitals(
        runs=runs.counts(session),
        attempts={row.outcome or str(RunState.RUNNING): row.number for row in ended},
        oldest_seconds=(datetime.now(UTC) - oldest).total_seconds() if oldest else 0.0,
        disk_bytes=int(size or 0),
    )
