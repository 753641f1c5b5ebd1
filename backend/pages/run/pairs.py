"""The strongest pairs of classes, beside the heatmap."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.store import matrices
from backend.store.errors import NotFound

PAIRS = 8


@dataclass(frozen=True)
class Pair:
    """A strong entry off the diagonal."""

    row: int
    column: int
    value: float


def strongest_pairs(
    session: Session, run_id: int, kind: str, epoch: int | None = None
) -> list[Pair]:
    """The largest entries off the diagonal of the epoch's matrix (the last one's if None)."""
    stored = matrices.versions(session, run_id, kind)
    if not stored:
        return []
    shown_epoch = epoch if epoch in [item.epoch for item in stored] else stored[-1].epoch
    assert shown_epoch is not None
    try:
        values = matrices.frame(session, run_id, kind, shown_epoch).decode().astype(np.float64)
    except NotFound:  # forgotten since, by an attempt that began anew
        return []
    return pairs_of(values, counts=kind == "confusion")


def pairs_of(values: np.ndarray, *, counts: bool = False) -> list[Pair]:
    """The PAIRS largest entries off the diagonal, largest first; counts become shares of a row."""
    if counts:
        values = values / np.maximum(values.sum(axis=1, keepdims=True), 1)
    values = np.nan_to_num(values, nan=-1.0, posinf=-1.0)  # a loop's matrix may have gaps
    np.fill_diagonal(values, -1)
    order = np.argsort(-values, axis=None, kind="stable")[:PAIRS]
    places = [divmod(int(place), values.shape[1]) for place in order]
    return [Pair(i, j, float(values[i, j])) for i, j in places if values[i, j] > 0]
