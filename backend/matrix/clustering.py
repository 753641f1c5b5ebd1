"""Hierarchical clustering of classes by what is confused with what, remembered by version.

NumPy only: SciPy would cost 143 MB of disk, and its leaf order is not always the optimal one. 1,000
classes take 0.7 seconds, most of them outside of Python's lock.
"""

from __future__ import annotations

import threading
from collections import OrderedDict

from backend.core import late_numpy as np
from backend.matrix.class_orders import Array, Clustering, row_shares
from backend.matrix.leaf_order import Merge, optimally_ordered

SMALLEST = 1e-7  # of a stored frame; what is smaller counts as this
REMEMBERED = 64  # clusterings; one of 1,000 classes takes some 100 kB

_clusterings: OrderedDict[str, Clustering] = OrderedDict()
_one_at_a_time = threading.Lock()


def cluster(matrix: Array) -> Clustering:
    """Clusters the classes of a (K, K) matrix of probabilities or counts.

    Two classes are as far apart as -log of the mean of their two cells (rows brought to sum 1,
    nothing below 1e-7 or half the smallest positive cell), the nearest pair at 0. Average linkage;
    leaves in optimal order, so that neighbours are alike.
    """
    count = len(matrix)
    if count < 2:
        return Clustering(list(range(count)), [])
    distances = _distances(row_shares(matrix))
    merges, order = optimally_ordered(average_linkage(distances), distances)
    return Clustering(order, [[a, b, round(height, 4), leaves] for a, b, height, leaves in merges])


def clustered(matrix: Array, version: str) -> Clustering:
    """`cluster`, one at a time; matrices of the same `version` are the same."""
    with _one_at_a_time:
        clustering = _clusterings.get(version)
        if clustering is None:
            clustering = _clusterings[version] = cluster(matrix)
        _clusterings.move_to_end(version)
        while len(_clusterings) > REMEMBERED:
            _clusterings.popitem(last=False)
    return clustering


def average_linkage(distances: Array) -> list[Merge]:
    """Merges the nearest two until one is left, each as far from another as its leaves are on
    average (Sokal and Michener 1958). `distances` (K, K) is symmetric.

    A merge is a node as in SciPy's linkage: (a, b, height, leaves), the i-th is node K + i.
    """
    count = len(distances)
    far = distances.copy()
    np.fill_diagonal(far, np.inf)
    nodes, sizes = list(range(count)), np.ones(count)
    merges = []
    for node in range(count, 2 * count - 1):
        i, j = divmod(int(far.argmin()), count)  # the first of equals, so i < j
        height, leaves = float(far[i, j]), sizes[i] + sizes[j]
        low, high = sorted((nodes[i], nodes[j]))
        merges.append((low, high, height, int(leaves)))
        far[i] = far[:, i] = (sizes[i] * far[i] + sizes[j] * far[j]) / leaves
        far[j] = far[:, j] = far[i, i] = np.inf
        nodes[i], sizes[i] = node, leaves
    return merges


def _distances(shares: Array) -> Array:
    alike = (shares + shares.T) / 2
    off_diagonal = alike[~np.eye(len(alike), dtype=bool)]
    positive = off_diagonal[off_diagonal > 0]
    floor = max(SMALLEST, float(positive.min()) / 2) if len(positive) else SMALLEST
    distances = -np.log(np.maximum(alike, floor))
    distances -= -np.log(max(floor, float(off_diagonal.max())))
    np.fill_diagonal(distances, 0)
    return distances
