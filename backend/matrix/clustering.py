"""Hierarchical clustering of classes by what is confused with what, with SciPy.

`cluster` needs SciPy, which would cost the web process 30 MB and for 1,000 classes 1.5 seconds of
its one interpreter. So `clustered` runs this module in a process that ends when it has answered,
one at a time, and remembers what it heard.
"""

from __future__ import annotations

import io
import json
import subprocess
import sys
import threading
from collections import OrderedDict
from pathlib import Path

import numpy as np

from backend.matrix.class_orders import Array, Clustering, row_shares

SMALLEST = 1e-7  # of a stored frame; what is smaller counts as this
REMEMBERED = 64  # clusterings; one of 1,000 classes takes some 100 kB
PATIENCE = 120  # seconds

_clusterings: OrderedDict[str, Clustering] = OrderedDict()
_one_at_a_time = threading.Lock()


def cluster(matrix: Array) -> Clustering:
    """Clusters the classes of a (K, K) matrix of probabilities or counts.

    Two classes are as far apart as -log of the mean of their two cells (rows brought to sum 1,
    nothing below 1e-7 or half the smallest positive cell), the nearest pair at 0. Average linkage;
    leaves in optimal order (Bar-Joseph et al., Bioinformatics 2001), so that neighbours are alike.
    """
    count = len(matrix)
    if count < 2:
        return Clustering(list(range(count)), [])
    from scipy.cluster import hierarchy

    distances = _distances(row_shares(matrix))
    linkage = hierarchy.linkage(distances, "average")
    linkage = hierarchy.optimal_leaf_ordering(linkage, distances)
    merges = [[int(a), int(b), round(float(h), 4), int(n)] for a, b, h, n in linkage]
    return Clustering(hierarchy.leaves_list(linkage).tolist(), merges)


def clustered(matrix: Array, version: str) -> Clustering:
    """`cluster`, in a process of its own; matrices of the same `version` are the same."""
    with _one_at_a_time:
        clustering = _clusterings.get(version)
        if clustering is None:
            clustering = _clusterings[version] = _in_child(matrix)
        _clusterings.move_to_end(version)
        while len(_clusterings) > REMEMBERED:
            _clusterings.popitem(last=False)
    return clustering


def _distances(shares: Array) -> Array:
    """SciPy's condensed form: the cells above the diagonal, row by row."""
    alike = ((shares + shares.T) / 2)[np.triu_indices(len(shares), 1)]
    positive = alike[alike > 0]
    floor = max(SMALLEST, float(positive.min()) / 2) if len(positive) else SMALLEST
    distances = -np.log(np.maximum(alike, floor))
    return distances - distances.min()


def _in_child(matrix: Array) -> Clustering:
    buffer = io.BytesIO()
    np.save(buffer, matrix, allow_pickle=False)
    child = subprocess.run(
        [sys.executable, "-m", "backend.matrix.clustering"],
        input=buffer.getvalue(),
        stdout=subprocess.PIPE,
        cwd=Path(__file__).resolve().parents[2],
        timeout=PATIENCE,
        check=True,
    )
    return Clustering(*json.loads(child.stdout))


def main() -> None:
    """The child: a .npy on stdin, `[order, linkage]` as JSON on stdout."""
    matrix = np.load(io.BytesIO(sys.stdin.buffer.read()), allow_pickle=False)
    clustering = cluster(matrix)
    json.dump([clustering.order, clustering.linkage], sys.stdout)


if __name__ == "__main__":
    main()
