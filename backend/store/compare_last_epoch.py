"""What only a comparison asks of its runs: class accuracies and calibration of the last epoch."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.matrix.class_orders import accuracies_of
from backend.schemas.quality import PooledReliability
from backend.store import matrices
from backend.store.errors import NotFound
from backend.store.reliability import FORMS, unpacked
from backend.store.tables import Epoch


def class_accuracies(session: Session, run_ids: Sequence[int]) -> list[float] | None:
    """(K,) mean over the runs of each class's accuracy, from their last confusion matrices.

    None where no run has one, or where they have different classes. A class that a run did not
    see counts as 0 there: its accuracy is not known, and no split here leaves a class out.
    """
    accuracies = []
    for run_id in run_ids:
        try:
            last = matrices.newest(session, run_id, "confusion")
            counts = matrices.frame(session, run_id, "confusion", last.epoch).decode()
        except NotFound:
            continue
        accuracies.append(np.nan_to_num(accuracies_of(counts.astype(np.float64))))
    if not accuracies or len({len(each) for each in accuracies}) > 1:
        return None
    return [float(value) for value in np.mean(accuracies, axis=0)]


def pooled_reliability(session: Session, run_ids: Sequence[int]) -> PooledReliability | None:
    """The runs' last diagrams as one.

    All predictions count alike, so `ece` is that of the pooled predictions; for one run it is its
    `val_ece`. None where no run has a diagram.
    """
    newest = (
        select(Epoch.run_id, func.max(Epoch.epoch).label("epoch"))
        .where(Epoch.run_id.in_(run_ids), Epoch.reliability.is_not(None))
        .group_by(Epoch.run_id)
        .subquery()
    )
    query = select(Epoch.reliability).join(
        newest, (Epoch.run_id == newest.c.run_id) & (Epoch.epoch == newest.c.epoch)
    )
    rows = session.scalars(query)
    raw = [unpacked(row)[FORMS.index("raw")] for row in rows if row is not None]
    if not raw or len({len(each) for each in raw}) > 1:
        return None
    stack = np.stack(raw).astype(np.float64)  # (runs, bins, 3): samples, confidence, accuracy
    counts = stack[:, :, 0]
    totals = counts.sum(axis=0)
    weighed = np.nansum(counts[:, :, None] * stack[:, :, 1:], axis=0)
    seen = totals > 0
    means = weighed[seen] / totals[seen, None]  # (bins with samples, 2)
    ece = float((totals[seen] * np.abs(means[:, 0] - means[:, 1])).sum() / totals.sum())
    return {
        "confidence": means[:, 0].tolist(),
        "accuracy": means[:, 1].tolist(),
        "count": totals[seen].astype(int).tolist(),
        "ece": ece,
    }
