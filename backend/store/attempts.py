"""The history of who held a run, written in the transactions that move its state.

Outcomes: `finished`, `failed`, `cancelled`, `paused`, as the run's state; and where the run is
queued again `handed back` (the worker shut down), `lost` (it stopped responding) or `crashed` (the
trainer).
"""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import func, insert, select, update
from sqlalchemy.orm import Session

from backend.core.run_states import FINAL
from backend.schemas.runs import AttemptRow
from backend.store.jsonable import clean_text
from backend.store.tables import Attempt, Run


def begin(session: Session, run: Run) -> None:
    """A worker has claimed the run."""
    row = {
        "run_id": run.id,
        "attempt": run.attempt,
        "worker": run.worker,
        "slot": run.slot,
        "started_at": datetime.now(UTC),
        "first_epoch": run.epoch + 1,
    }
    session.execute(insert(Attempt), [row])


def end(session: Session, run: Run, outcome: str, reason: str | None = None) -> None:
    """The run's present attempt is over."""
    session.execute(
        update(Attempt)
        .where(Attempt.run_id == run.id, Attempt.attempt == run.attempt)
        .values(
            ended_at=datetime.now(UTC),
            last_epoch=run.epoch,
            outcome=outcome,
            reason=clean_text(reason) if reason else None,
        )
    )


def crashes(session: Session, run_id: int, epoch: int) -> int:
    """How often the trainer crashed after this epoch since the run last came to an end."""
    ends = select(func.coalesce(func.max(Attempt.attempt), 0)).where(
        Attempt.run_id == run_id, Attempt.outcome.in_(FINAL)
    )
    query = select(func.count()).where(
        Attempt.run_id == run_id,
        Attempt.outcome == "crashed",
        Attempt.last_epoch == epoch,
        Attempt.attempt > ends.scalar_subquery(),
    )
    return session.scalar(query) or 0


def listing(session: Session, run_id: int) -> list[AttemptRow]:
    """A run's attempts as JSON, the newest first."""
    query = select(Attempt).where(Attempt.run_id == run_id).order_by(Attempt.attempt.desc())
    return [
        {
            "attempt": row.attempt,
            "worker": row.worker,
            "slot": row.slot,
            "started_at": row.started_at,
            "ended_at": row.ended_at,
            "first_epoch": row.first_epoch,
            "last_epoch": row.last_epoch,
            "outcome": row.outcome,
            "reason": row.reason,
        }
        for row in session.scalars(query)
    ]
