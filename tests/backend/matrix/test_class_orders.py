"""Orders of classes: permutations, with the neighbours that a reader expects."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from backend.matrix.class_orders import accuracies_of, blocks, orders, row_entropies
from backend.matrix.clustering import cluster, clustered


def two_groups(k: int = 6) -> np.ndarray:
    """Even classes are confused with even ones, odd with odd ones."""
    matrix = np.where(np.add.outer(np.arange(k), np.arange(k)) % 2 == 0, 0.05, 0.001)
    np.fill_diagonal(matrix, 0.8)
    return matrix / matrix.sum(1, keepdims=True)


def test_clustering_puts_what_is_confused_side_by_side() -> None:
    order = cluster(two_groups()).order
    assert {index % 2 for index in order[:3]} in ({0}, {1})
    assert {index % 2 for index in order[3:]} in ({0}, {1})


@given(st.integers(1, 12), st.integers(0, 2**31))
def test_every_order_is_a_permutation(k: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    matrix = rng.random((k, k)) * (rng.random((k, k)) < 0.6)  # with zeros and empty rows
    names = [f"c{i}" for i in rng.permutation(k)]
    groups = [f"g{i}" for i in rng.integers(0, 3, k)]
    found = orders(matrix, names, groups, rng.random(k), cluster(matrix))
    for name, order in found.items():
        assert order is not None, name
        assert sorted(order) == list(range(k)), name
    assert blocks(groups)[-1]["end"] == k


def test_names_sort_as_people_do() -> None:
    names = ["c10", "b", "c2", "B", "1", "A", "a", "12"]
    found = orders(np.eye(8), names, None, None, cluster(np.eye(8)))
    assert [names[i] for i in found["name"] or ()] == ["1", "12", "A", "a", "B", "b", "c2", "c10"]
    assert found["superclass"] is None
    assert found["accuracy"] is None


def test_hard_and_uncertain_classes_come_first() -> None:
    matrix = np.array([[1.0, 0, 0], [0.4, 0.3, 0.3], [0, 0.1, 0.9]])
    found = orders(matrix, "abc", None, np.array([0.5, np.nan, 0.2]), cluster(matrix))
    assert found["entropy"] == [1, 2, 0]
    assert found["accuracy"] == [2, 0, 1]  # not measured comes last


def test_blocks_follow_the_order_in_which_superclasses_appear() -> None:
    assert blocks(["b", "a", "b"]) == [
        {"name": "b", "start": 0, "end": 2},
        {"name": "a", "start": 2, "end": 3},
    ]
    assert blocks(None) == []


def test_entropies_and_accuracies() -> None:
    np.testing.assert_allclose(row_entropies(np.array([[2.0, 2.0], [0, 0]])), [np.log(2), 0])
    np.testing.assert_array_equal(accuracies_of(np.array([[3.0, 1], [0, 0]])), [0.75, np.nan])


def test_the_same_matrix_is_clustered_once() -> None:
    first = clustered(two_groups(), "two groups")
    assert first == cluster(two_groups())
    assert clustered(two_groups(), "two groups") is first
