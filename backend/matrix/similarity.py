"""Pairs of classes and a class's partners, from matrices of several epochs. NumPy only.

A cell *stands out* from its row in an epoch when it holds more than twice an even share of what the
row leaves to the other classes: M_ab > 2 (1 - M_aa) / (K - 1), rows brought to sum 1. The first
epoch from which on that holds to the end of the history is when the pair rose.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from backend.core import late_numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.float64]"

TREND = 5  # points of the history that a trend is fitted to


@dataclass(frozen=True)
class Cell:
    """A cell: row `a`, column `b`, and the value it is ranked by."""

    a: int
    b: int
    value: float


def strongest_pairs(matrix: Array, limit: int, *, symmetric: bool) -> list[Cell]:
    """The largest cells off the diagonal of a (K, K) matrix, largest first, none of them 0.

    symmetric: of the mean of each cell and its reverse, every pair once, a < b.
    """
    values = (matrix + matrix.T) / 2 if symmetric else matrix.copy()
    values[np.tril_indices(len(values)) if symmetric else np.diag_indices(len(values))] = 0
    flat, count = values.ravel(), min(limit, values.size)
    strongest = np.argpartition(-flat, count - 1)[:count] if count < flat.size else np.arange(count)
    strongest = strongest[np.lexsort((strongest, -flat[strongest]))]
    places = ((*divmod(int(index), len(values)), float(flat[index])) for index in strongest)
    return [Cell(a, b, value) for a, b, value in places if value > 0]


def strongest_partners(row: Array, target: int, limit: int) -> list[int]:
    """The classes with the largest entries of a row (K,) beside its target, largest first."""
    order = np.argsort(-row, kind="stable").tolist()
    return [k for k in order if k != target and row[k] > 0][:limit]


def stands_out(rows: Array, target: int, partner: int) -> NDArray[np.bool_]:
    """(E,): whether the partner's cell stands out from its row (E, K), epoch by epoch."""
    even = (1 - rows[:, target]) / max(rows.shape[1] - 1, 1)
    return rows[:, partner] > 2 * even


def first_rose(epochs: Sequence[int], out: NDArray[np.bool_]) -> int | None:
    """The epoch from which on it stands out to the end; None if it does not at the end."""
    if not len(out) or not out[-1]:
        return None
    below = np.flatnonzero(~out)
    return epochs[int(below[-1]) + 1] if len(below) else epochs[0]


def trend(epochs: Sequence[int], values: Sequence[float]) -> float | None:
    """The slope per epoch of the last five points, by least squares; None of fewer than two."""
    x, y = np.array(epochs[-TREND:], float), np.array(values[-TREND:], float)
    if len(x) < 2:
        return None
    x -= x.mean()
    return float((x * y).sum() / (x * x).sum())


def sparse(epochs: Sequence[object], most: int) -> list[int]:
    """At most `most` places in `epochs`, evenly spread, the first and the last among them."""
    count = len(epochs)
    if count <= most:
        return list(range(count))
    return sorted({round(i * (count - 1) / (most - 1)) for i in range(most)})
