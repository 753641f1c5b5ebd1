"""What people are notified of an experiment: its first failure and its end, not each of its runs.

Notices of its runs are held back (backend.store.notices) until `gather` makes something of them.
Functions do not commit.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, delete, exists, func, select, true
from sqlalchemy.orm import Session

from backend.core.notice_kinds import NoticeKind
from backend.core.run_states import OPEN, RunState
from backend.store import alerts
from backend.store.notices import append
from backend.store.search_standing import given_up
from backend.store.tables import Experiment, Notice, Run, Search

NAMED = 5  # failed runs that the notice of the end names
TOLD = "experiment"  # the alert of an experiment whose first failure was told

_FAILURES = (NoticeKind.FAILED, NoticeKind.DIVERGED)


def with_news(session: Session) -> list[int]:
    """Experiments of whose runs `gather` would make a notice."""
    held = select(Notice.experiment_id).where(Notice.held).distinct()
    return [
        number
        for number in session.scalars(held).all()
        if number is not None
        and (_first_failure_is_news(session, number) or _over(session, number))
    ]


def gather(session: Session, experiment_id: int) -> None:
    """Makes one notice of an experiment's held ones: of its end, or of its first failure.

    Who deletes the held rows, or begins the alert, writes the notice: two at once do no harm.
    """
    if _over(session, experiment_id):
        _gather_end(session, experiment_id)
    else:
        _gather_failure(session, experiment_id)


def _gather_failure(session: Session, experiment_id: int) -> None:
    failed = session.scalars(
        select(Notice)
        .where(*_held(experiment_id), Notice.kind.in_(_FAILURES))
        .order_by(Notice.id)
        .limit(1)
    ).one_or_none()
    if failed is None or not alerts.begin(session, TOLD, str(experiment_id)):
        return
    data = {**failed.data, "experiment": _name(session, experiment_id)}
    kind = NoticeKind(failed.kind)
    append(session, kind, data, run_id=failed.run_id, experiment_id=experiment_id)


def _gather_end(session: Session, experiment_id: int) -> None:
    held = delete(Notice).where(*_held(experiment_id))
    gone = session.scalars(held.returning(Notice.kind)).all()
    alerts.end(session, TOLD, str(experiment_id))
    mine = (Run.experiment_id == experiment_id, Run.deleted_at.is_(None))
    by_state = select(Run.state, func.count()).where(*mine).group_by(Run.state)
    counts = dict(session.execute(by_state).all())
    if not (gone and counts):  # nobody waits for it, or all its runs were deleted
        return
    # Diverged only where nothing else went wrong: who asks for failures gets both.
    order = (NoticeKind.FAILED, NoticeKind.DIVERGED, NoticeKind.FINISHED)
    problem = session.scalar(select(Search.problem).where(Search.experiment_id == experiment_id))
    kind = NoticeKind.FAILED if problem else next(each for each in order if each in gone)
    failed = select(Run.id, Run.name).where(*mine, Run.state == RunState.FAILED)
    rows = session.execute(failed.order_by(Run.id).limit(NAMED))
    data: dict[str, Any] = {
        "experiment": _name(session, experiment_id),
        "counts": counts,
        "failed": [{"id": row.id, "name": row.name} for row in rows],
        "problem": problem,
    }
    append(session, kind, data, experiment_id=experiment_id)


def _over(session: Session, experiment_id: int) -> bool:
    """No run of it is to train any more, and it is no search that proposes more."""
    pruned = and_(Run.state == RunState.PAUSED, given_up(Run))
    open_runs = exists().where(
        Run.experiment_id == experiment_id,
        Run.deleted_at.is_(None),
        Run.state.in_(OPEN),
        ~pruned,
    )
    searching = exists().where(
        Search.experiment_id == experiment_id, Search.closed.is_(False), Search.stopped.is_(False)
    )
    return not session.scalar(select(open_runs | searching))


def _first_failure_is_news(session: Session, experiment_id: int) -> bool:
    if (TOLD, str(experiment_id)) in alerts.lasting(session, [TOLD]):
        return False
    return bool(
        session.scalar(select(exists().where(*_held(experiment_id), Notice.kind.in_(_FAILURES))))
    )


def _held(experiment_id: int) -> tuple[ColumnElement[bool], ...]:
    return Notice.held == true(), Notice.experiment_id == experiment_id


def _name(session: Session, experiment_id: int) -> str:
    return session.scalar(select(Experiment.name).where(Experiment.id == experiment_id)) or ""
