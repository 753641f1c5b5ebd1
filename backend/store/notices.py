"""What people are to be notified of: an outbox, written in the transaction in which it happens.

One row for each event, whoever is to be told: backend.store.recipients remembers how far each
address has come. As with events, `append` only notes a row, `flush` inserts those of a transaction
at once at its end, and their ids commit in order.

A run that belongs to an experiment is `held`: nobody is told of it by itself
(backend.store.experiment_notices). Functions do not commit.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, func, insert, select
from sqlalchemy.orm import Session

from backend.core.error_codes import ErrorCode
from backend.core.notice_kinds import NoticeKind
from backend.core.run_states import RunState
from backend.store import events
from backend.store.tables import Notice, Run
from ols.spec.metrics import ACCURACY

KEPT = timedelta(days=30)
LONGEST_ERROR = 500  # characters of a run's error that a notice repeats

_PENDING = "ols_notices"


def append(
    session: Session,
    kind: NoticeKind,
    data: dict[str, Any],
    *,
    run_id: int | None = None,
    experiment_id: int | None = None,
    held: bool = False,
) -> None:
    """Notes what happened, for the end of this transaction."""
    row = {
        "kind": kind,
        "run_id": run_id,
        "experiment_id": experiment_id,
        "data": data,
        "held": held,
        "created_at": datetime.now(UTC),
    }
    session.info.setdefault(_PENDING, []).append(row)


def flush(session: Session) -> None:
    """Inserts what was noted; the last thing that a transaction does."""
    if rows := session.info.pop(_PENDING, []):
        events.commit_in_order(session)
        session.execute(insert(Notice), rows)


def of_move(session: Session, run: Run) -> None:
    """The run came to its state just now. Of a cancelled one nobody is told: a user did it."""
    if run.state == RunState.FINISHED:
        kind = NoticeKind.FINISHED
    elif run.state == RunState.FAILED:
        diverged = run.error_code == ErrorCode.DIVERGED
        kind = NoticeKind.DIVERGED if diverged else NoticeKind.FAILED
    else:
        return
    held = run.experiment_id is not None
    append(session, kind, facts(run), run_id=run.id, experiment_id=run.experiment_id, held=held)


def of_lost(session: Session, run: Run) -> None:
    """The run's worker stopped responding; the run is queued again."""
    data = {**facts(run), "queued_again": True}
    append(session, NoticeKind.STALE, data, run_id=run.id, experiment_id=run.experiment_id)


def facts(run: Run) -> dict[str, Any]:
    """What a notice says of a run, which may be deleted when somebody reads it."""
    accuracy = run.summary.get(ACCURACY) or {}
    return {
        "name": run.name,
        "owner": run.owner,
        "state": run.state,
        "epoch": run.epoch,
        "epochs": run.epochs,
        "error": (run.error_message or "")[:LONGEST_ERROR] or None,
        ACCURACY: accuracy.get("last"),
        f"{ACCURACY}_best": accuracy.get("best"),
    }


def last_id(session: Session) -> int:
    """The newest notice's id, 0 when there is none."""
    return session.scalar(select(func.max(Notice.id))) or 0


def prune(session: Session) -> None:
    """Removes what happened long ago."""
    session.execute(delete(Notice).where(Notice.created_at < datetime.now(UTC) - KEPT))
