"""Fewer points that draw the same curve: of each stretch its lowest and its highest. NumPy only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from backend.core import late_numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

LEAST = 4  # points: both ends, a lowest and a highest


def thinned(values: NDArray[np.float64], most: int) -> NDArray[np.intp]:
    """Which of the (n,) points to keep, ascending: at most `most`, which is LEAST or more.

    Both ends stay, and of each of (most - 2) / 2 equal stretches the first lowest and the first
    highest value, so that no spike is lost. NaN is neither; a stretch of nothing but NaN keeps one,
    which draws the gap.
    """
    count = len(values)
    if count <= most:
        return np.arange(count)
    stretches = (most - 2) // 2
    length = -(-count // stretches)
    padded = np.full(length * -(-count // length), np.nan)
    padded[:count] = values
    rows = padded.reshape(-1, length)
    gaps = np.isnan(rows)
    starts = np.arange(len(rows)) * length
    lowest = starts + np.where(gaps, np.inf, rows).argmin(axis=1)
    highest = starts + np.where(gaps, -np.inf, rows).argmax(axis=1)
    return np.unique(np.concatenate([[0], lowest, highest, [count - 1]]))
