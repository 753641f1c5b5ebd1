"""Orders of the classes along a matrix's axes: index, name, superclass, cluster, accuracy, entropy.

An order is a list of class indices, the first of which stands at the top and on the left. NumPy
only; the clustering itself is `backend.matrix.clustering`'s.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any, TypeAlias

from backend.core import late_numpy as np
from backend.schemas.matrices import Block, Orders

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.float64]"


@dataclass(frozen=True)
class Clustering:
    """The leaves from left to right, and SciPy's linkage: `[a, b, height, leaves]` per merge."""

    order: list[int]
    linkage: list[list[float]]


def orders(
    matrix: Array,
    names: Sequence[str],
    superclasses: Sequence[str] | None,
    accuracies: Array | None,
    clustering: Clustering,
) -> Orders:
    """Every order of the (K, K) `matrix` of probabilities; None where its facts are not known.

    accuracy: the hardest class first. entropy: the least certain row first. Ties stay by index.
    """
    count = len(matrix)
    grouped = None if superclasses is None else _by_superclass(superclasses)
    return {
        "index": list(range(count)),
        "name": sorted(range(count), key=lambda index: _natural(names[index])),
        "superclass": grouped,
        "cluster": clustering.order,
        "accuracy": None if accuracies is None else _ascending(accuracies),
        "entropy": _ascending(-row_entropies(matrix)),
    }


def blocks(superclasses: Sequence[str] | None) -> list[Block]:
    """The superclasses in the superclass order."""
    if superclasses is None:
        return []
    spans: list[Block] = []
    start = 0
    for name, members in groupby(superclasses[index] for index in _by_superclass(superclasses)):
        end = start + len(list(members))
        spans.append({"name": name, "start": start, "end": end})
        start = end
    return spans


def row_entropies(matrix: Array) -> Array:
    """Shannon's entropy of each row in nats, the row brought to sum 1; 0 of an empty row."""
    shares = row_shares(matrix)
    return -(shares * np.log(np.where(shares > 0, shares, 1.0))).sum(axis=1)


def row_shares(matrix: Array) -> Array:
    """Each row divided by its sum; an empty row stays 0."""
    totals = matrix.sum(axis=1, keepdims=True)
    return matrix / np.where(totals > 0, totals, 1.0)


def accuracies_of(confusion: Array) -> Array:
    """Each class's share of correct predictions; NaN for a class without samples."""
    totals = confusion.sum(axis=1)
    return np.divide(np.diag(confusion), totals, out=np.full(len(totals), np.nan), where=totals > 0)


def _by_superclass(superclasses: Sequence[str]) -> list[int]:
    """Superclasses in the order in which they first appear, their classes by index."""
    place = {name: rank for rank, name in enumerate(dict.fromkeys(superclasses))}
    return sorted(range(len(superclasses)), key=lambda index: place[superclasses[index]])


def _ascending(values: Array) -> list[int]:
    return np.argsort(values, kind="stable").tolist()  # NaN comes last


def _natural(name: str) -> tuple[Any, ...]:
    """Sorts "c2" before "c10", and "A", "a", "B" in this order."""
    parts = re.split(r"(\d+)", name.casefold())
    numbered = [(1, int(p), "") if p.isdecimal() else (2, 0, p) for p in parts if p]
    return (*numbered, (0, 0, name))
