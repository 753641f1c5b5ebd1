"""Reliability diagrams: 360 bytes per epoch, and their JSON."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.schemas.quality import Diagrams, Reliability
from backend.store.tables import Epoch, Run

if TYPE_CHECKING:
    from numpy.typing import NDArray

FORMS = ("raw", "scaled")
COLUMNS = ("count", "confidence", "accuracy")


def packed(diagram: NDArray[np.float32] | None) -> bytes | None:
    """(2, bins, 3) as bytes, None where nothing was measured."""
    return None if diagram is None else diagram.astype("<f4").tobytes()


def unpacked(data: bytes) -> NDArray[np.float32]:
    """(2, bins, 3), NaN in empty bins."""
    return np.frombuffer(data, "<f4").reshape(len(FORMS), -1, len(COLUMNS))


def diagrams(session: Session, run_id: int) -> Reliability:
    """Of every epoch; empty lists where none has a diagram."""
    query = select(Epoch.epoch, Epoch.metrics, Epoch.reliability)
    query = query.where(Epoch.run_id == run_id, Epoch.reliability.is_not(None))
    rows = session.execute(query.order_by(Epoch.epoch)).all()
    arrays = [unpacked(row.reliability) for row in rows]
    bins = arrays[-1].shape[1] if arrays else 0
    spec = session.scalar(select(Run.spec).where(Run.id == run_id)) or {}
    split = spec.get("eval_on")
    raw, scaled = (_columns(arrays, index) for index in range(len(FORMS)))
    raw["ece"] = [row.metrics.get("val_ece") for row in rows]
    scaled["ece"] = [row.metrics.get("val_ece_scaled") for row in rows]
    scaled["temperature"] = [row.metrics.get("val_temperature") for row in rows]
    return {
        "split": split,
        "fitted_on": split,
        "bins": [edge / bins for edge in range(bins + 1)] if bins else [],
        "epochs": [row.epoch for row in rows],
        "raw": raw,
        "scaled": scaled,
    }


def _columns(arrays: Sequence[NDArray[np.float32]], form: int) -> Diagrams:
    count, confidence, accuracy = (
        [diagram[form, :, place].tolist() for diagram in arrays] for place in range(len(COLUMNS))
    )
    return {"count": count, "confidence": confidence, "accuracy": accuracy, "ece": []}
