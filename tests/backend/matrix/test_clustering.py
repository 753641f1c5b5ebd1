"""The tree against SciPy's, the order of its leaves against all that the tree allows."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.cluster import hierarchy

from backend.matrix.clustering import average_linkage, cluster
from backend.matrix.leaf_order import Merge, optimally_ordered


def distances_of(k: int, seed: int) -> np.ndarray:
    values = np.random.default_rng(seed).random((k, k))
    distances = (values + values.T) / 2
    np.fill_diagonal(distances, 0)
    return distances


def length(order: list[int], distances: np.ndarray) -> float:
    return float(sum(distances[a, b] for a, b in pairwise(order)))


def every_order(linkage: list[Merge], node: int) -> list[list[int]]:
    leaves = len(linkage) + 1
    if node < leaves:
        return [[node]]
    left, right = (every_order(linkage, child) for child in linkage[node - leaves][:2])
    return [a + b for x, y in ((left, right), (right, left)) for a in x for b in y]


@pytest.mark.parametrize("k", [2, 3, 20, 150])
def test_the_tree_is_scipys(k: int) -> None:
    distances = distances_of(k, k)
    expected = hierarchy.linkage(distances[np.triu_indices(k, 1)], "average")
    np.testing.assert_allclose(average_linkage(distances), expected, rtol=1e-12)


@given(st.integers(2, 7), st.integers(0, 2**31))
def test_no_other_order_of_the_tree_is_shorter(k: int, seed: int) -> None:
    distances = distances_of(k, seed)
    linkage = average_linkage(distances)
    _, order = optimally_ordered(linkage, distances)
    shortest = min(length(other, distances) for other in every_order(linkage, 2 * k - 2))
    assert length(order, distances) == pytest.approx(shortest)


def test_the_tree_of_many_classes_is_drawn_in_the_order_of_its_leaves() -> None:
    """A long order is no longer than SciPy's, which is not always the optimal one."""
    distances = distances_of(150, 0)
    linkage = average_linkage(distances)
    ordered, order = optimally_ordered(linkage, distances)
    assert hierarchy.leaves_list(np.array(ordered, float)).tolist() == order
    assert [sorted(merge[:2]) for merge in ordered] == [list(merge[:2]) for merge in linkage]
    scipys = hierarchy.optimal_leaf_ordering(linkage, distances[np.triu_indices(150, 1)])
    assert length(order, distances) <= length(hierarchy.leaves_list(scipys).tolist(), distances)


def test_a_chain_of_a_thousand_classes() -> None:
    """Each merge adds one class: the tree is as deep as it can be."""
    place = np.arange(1000.0) ** 2
    distances = np.abs(place[:, None] - place)
    _, order = optimally_ordered(average_linkage(distances), distances)
    assert order in ([*range(1000)], [*reversed(range(1000))])


def test_distances_are_minus_log_of_the_mean_share_the_nearest_at_zero() -> None:
    matrix = np.array([[0.8, 0.2, 0.0], [0.1, 0.8, 0.1], [0.0, 0.3, 0.7]])
    clustering = cluster(matrix)  # mean shares 0.15, 0.2 and none, which counts as 0.075
    assert clustering.order in ([0, 1, 2], [2, 1, 0])
    assert sorted(clustering.linkage[0][:2]) == [1, 2]
    between = (np.log(0.2 / 0.15) + np.log(0.2 / 0.075)) / 2
    assert [merge[2:] for merge in clustering.linkage] == [[0.0, 2], [round(between, 4), 3]]
