"""What people are to be notified of: an outbox, written in the transaction in which it happens.

One row for each event, whoever is to be told: backend.store.recipients remembers how far each
address has come. As with events, `append` only notes a row, `flush` inserts those of a transaction
at once at its end, and their ids commit in order.

A run that belongs to an experiment is `held`: nobody is told of it by itself. `gather` makes one
notice of the first failure and one of the experiment's end. Functions do not commit.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import delete, exists, func, insert, select
from sqlalchemy.orm import Session

from backend.core.error_codes import ErrorCode
from backend.core.notice_kinds import NoticeKind
from backend.core.run_states import OPEN, RunState
from backend.store import alerts, events
from backend.store.tables import Experiment, Notice, Run
from ols.spec.metrics import ACCURACY

KEPT = timedelta(days=30)
LONGEST_ERROR = 500  # characters of a run's error that a notice repeats
NAMED = 5  # failed runs that an experiment's notice names

EXPERIMENT = "experiment"  # the alert of one whose first failure was told

_PENDING = "ols_notices"
_FAILURES = (NoticeKind.FAILED, NoticeKind.DIVERGED)


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
        "state": run.state,
        "epoch": run.epoch,
        "epochs": run.epochs,
        "error": (run.error_message or "")[:LONGEST_ERROR] or None,
        ACCURACY: accuracy.get("last"),
        f"{ACCURACY}_best": accuracy.get("best"),
    }


def held_experiments(session: Session) -> list[int]:
    """Experiments with runs that nobody was told of."""
    return list(session.scalars(select(Notice.experiment_id).where(Notice.held).distinct()))


def is_news(session: Session, experiment_id: int) -> bool:
    """Whether `gather` would make something of an experiment's held notices."""
    open_runs = (Run.experiment_id == experiment_id, Run.state.in_(OPEN), Run.deleted_at.is_(None))
    if not session.scalar(select(exists().where(*open_runs))):
        return True
    failures = (
        Notice.held,
        Notice.experiment_id == experiment_id,
        Notice.kind.in_(_FAILURES),
    )
    told = alerts.lasting(session, [EXPERIMENT])
    return (EXPERIMENT, str(experiment_id)) not in told and bool(
        session.scalar(select(exists().where(*failures)))
    )


def gather(session: Session, experiment_id: int) -> None:
    """Makes one notice of an experiment's held ones: of its end, or of its first failure.

    Who deletes the held rows, or begins the alert, writes the notice: two at once do no harm.
    """
    runs = (Run.experiment_id == experiment_id, Run.deleted_at.is_(None))
    counts = dict(
        session.execute(select(Run.state, func.count()).where(*runs).group_by(Run.state)).all()
    )
    held = (Notice.held, Notice.experiment_id == experiment_id)
    if any(counts.get(state) for state in OPEN):
        failed = session.scalars(
            select(Notice).where(*held, Notice.kind.in_(_FAILURES)).order_by(Notice.id).limit(1)
        ).one_or_none()
        if failed is None or not alerts.begin(session, EXPERIMENT, str(experiment_id)):
            return
        kind, data, run_id = NoticeKind(failed.kind), failed.data, failed.run_id
    else:
        gone = session.scalars(delete(Notice).where(*held).returning(Notice.kind)).all()
        alerts.end(session, EXPERIMENT, str(experiment_id))
        if not (gone and counts):  # nobody waits for it, or all its runs were deleted
            return
        # Diverged only where nothing else went wrong: who asks for failures hears of both.
        order = (NoticeKind.FAILED, NoticeKind.DIVERGED, NoticeKind.FINISHED)
        kind = next(each for each in order if each in gone)
        data, run_id = {"counts": counts, "failed": _failed_runs(session, experiment_id)}, None
    name = session.scalar(select(Experiment.name).where(Experiment.id == experiment_id))
    data = {**data, "experiment": name or ""}
    append(session, kind, data, run_id=run_id, experiment_id=experiment_id)


def _failed_runs(session: Session, experiment_id: int) -> list[dict[str, Any]]:
    query = (
        select(Run.id, Run.name)
        .where(
            Run.experiment_id == experiment_id,
            Run.state == RunState.FAILED,
            Run.deleted_at.is_(None),
        )
        .order_by(Run.id)
        .limit(NAMED)
    )
    return [{"id": row.id, "name": row.name} for row in session.execute(query)]


def last_id(session: Session) -> int:
    """The newest notice's id, 0 when there is none."""
    return session.scalar(select(func.max(Notice.id))) or 0


def prune(session: Session) -> None:
    """Removes what happened long ago."""
    session.execute(delete(Notice).where(Notice.created_at < datetime.now(UTC) - KEPT))
