"""The optimal order of a tree's leaves: of all orders that keep each merge's leaves together, one
whose neighbours are nearest in sum (Bar-Joseph, Gifford and Jaakkola, Bioinformatics 2001).

    linkage, order = optimally_ordered(linkage, distances)

`ends[i, j]` is the least sum of an order of the leaves below the merge of i and j that begins with
leaf i and ends with leaf j. NumPy only: O(K^3), half a second for 1,000 leaves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from backend.core import late_numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.float64]"
Leaves: TypeAlias = "NDArray[np.intp]"
Merge = tuple[int, int, float, int]  # the two nodes, their height, the leaves below


class _Tree:
    """A linkage's nodes: K leaves, then a node per merge."""

    def __init__(self, linkage: list[Merge]) -> None:
        count = len(linkage) + 1
        self.children: dict[int, tuple[int, int]] = {}
        self.leaves: list[Leaves] = [np.array([leaf]) for leaf in range(count)]
        for node, (left, right, _, _) in enumerate(linkage, count):
            self.children[node] = (left, right)
            self.leaves.append(np.concatenate((self.leaves[left], self.leaves[right])))

    def halves(self, node: int) -> list[tuple[Leaves, Leaves]]:
        """The leaves that an order of the node's can begin with, and for each end the other's."""
        if node not in self.children:
            return [(self.leaves[node], self.leaves[node])]
        left, right = (self.leaves[child] for child in self.children[node])
        return [(left, right), (right, left)]

    def across(self, node: int, end: int) -> Leaves:
        """Where an order of the node's that has `end` at one end has the other."""
        return next(far for near, far in self.halves(node) if end in near)


def optimally_ordered(linkage: list[Merge], distances: Array) -> tuple[list[Merge], list[int]]:
    """The linkage with each merge's left node first, and the leaves from left to right.

    `distances` (K, K) is symmetric.
    """
    tree = _Tree(linkage)
    ends = np.zeros_like(distances)
    for left, right in tree.children.values():
        a, b = tree.leaves[left], tree.leaves[right]
        begun = np.empty((len(ends), len(b)))  # a whole, and on to a leaf of b
        for near, far in tree.halves(left):
            begun[near] = _min_plus(ends[np.ix_(near, far)], distances[np.ix_(far, b)])
        place = np.empty(len(ends), np.intp)  # in b
        place[b] = np.arange(len(b))
        for near, far in tree.halves(right):
            entered = begun[np.ix_(a, place[far])]
            both = _min_plus(entered, ends[np.ix_(far, near)])
            ends[np.ix_(a, near)], ends[np.ix_(near, a)] = both, both.T
    return _from_left(tree, linkage, ends, distances)


def _from_left(
    tree: _Tree, linkage: list[Merge], ends: Array, distances: Array
) -> tuple[list[Merge], list[int]]:
    """Follows the least sums down, the left side first."""
    ordered, order = list(linkage), []
    root = len(tree.leaves) - 1
    a, b = (tree.leaves[child] for child in tree.children[root])
    row, col = np.unravel_index(ends[np.ix_(a, b)].argmin(), (len(a), len(b)))
    ahead = [(root, int(a[row]), int(b[col]))]
    while ahead:
        node, first, last = ahead.pop()
        if node not in tree.children:
            order.append(node)
            continue
        left, right = tree.children[node]
        if first in tree.leaves[right]:
            left, right = right, left
        m, k = tree.across(left, first), tree.across(right, last)
        sums = ends[first, m][:, None] + distances[np.ix_(m, k)] + ends[k, last]
        row, col = np.unravel_index(sums.argmin(), sums.shape)
        ahead += [(right, int(k[col]), last), (left, first, int(m[row]))]
        merge = node - len(linkage) - 1
        ordered[merge] = (left, right, *linkage[merge][2:])
    return ordered, order


def _min_plus(x: Array, y: Array) -> Array:
    """(p, q), (q, r) -> (p, r): the least x[i, m] + y[m, k] over m."""
    if len(x) < len(y):
        return np.stack([(row[:, None] + y).min(axis=0) for row in x])
    least = np.full((len(x), y.shape[1]), np.inf)
    for column, row in zip(x.T, y, strict=True):
        np.minimum(least, column[:, None] + row, out=least)
    return least
