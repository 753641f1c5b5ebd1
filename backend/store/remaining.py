"""How long an experiment's runs still need, judged by the seconds that its own epochs took."""

from __future__ import annotations

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from backend.core.run_states import OPEN
from backend.store import workers
from backend.store.tables import Run, RunMetric


def seconds_left(session: Session, experiment_id: int, parallel: int | None) -> float | None:
    """Wall-clock seconds on the slots online; None while no run of a kind has ended an epoch.

    A kind is a dataset with a network: their epochs take alike long.
    """
    to_do = case((Run.state.in_(OPEN), Run.epochs - Run.epoch), else_=0)
    rows = session.execute(
        select(
            func.sum(to_do).label("epochs"),
            func.sum(case((Run.state.in_(OPEN), 1), else_=0)).label("runs"),
            func.avg(RunMetric.last).label("seconds"),
        )
        .outerjoin(RunMetric, (RunMetric.run_id == Run.id) & (RunMetric.name == "epoch_seconds"))
        .where(Run.experiment_id == experiment_id, Run.deleted_at.is_(None))
        .group_by(Run.dataset, Run.model)
    ).all()
    still = [row for row in rows if row.epochs]
    if not still or any(row.seconds is None for row in still):
        return None
    at_once = min(sum(row.runs for row in still), slots_online(session) or 1)
    at_once = min(at_once, parallel or at_once)
    return float(sum(row.epochs * row.seconds for row in still) / at_once)


def slots_online(session: Session) -> int:
    """Slots of the workers that take runs; 0 when nobody does."""
    return sum(worker.slots for worker in workers.online(session) if not worker.draining)
