"""The small picture of a run in lists: its accuracy at some evenly spaced epochs."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.summary import sparkline_epochs
from backend.store.tables import Epoch
from ols.spec.metrics import ACCURACY


def sparkline(session: Session, run_id: int, last: int) -> list[float | None]:
    """`val_top1` at up to 60 of the epochs 1 to `last`."""
    epochs = sparkline_epochs(last)
    query = select(Epoch.metrics).where(Epoch.run_id == run_id, Epoch.epoch.in_(epochs))
    with session.no_autoflush:  # one UPDATE of the run, at the end
        rows = session.execute(query.order_by(Epoch.epoch)).all()
    values = [metrics.get(ACCURACY) for (metrics,) in rows]
    # A picture some pixels high: four digits show the same and make lists of runs light.
    return [None if value is None else round(value, 4) for value in values]
