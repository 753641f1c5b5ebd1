from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from backend.matrix import similarity
from backend.matrix.similarity import Cell


@given(st.integers(1, 9), st.integers(1, 100), st.booleans(), st.integers(0, 2**31))
def test_pairs_are_what_sorting_everything_gives(k, limit, symmetric, seed):
    rng = np.random.default_rng(seed)
    matrix = np.round(rng.random((k, k)), 1)  # with ties and zeros
    found = similarity.strongest_pairs(matrix, limit, symmetric=symmetric)
    cells = [
        (a, b, (matrix[a, b] + matrix[b, a]) / 2 if symmetric else matrix[a, b])
        for a in range(k)
        for b in range(k)
        if (a < b if symmetric else a != b)
    ]
    expected = sorted((value for *_, value in cells if value > 0), reverse=True)[:limit]
    assert [place.value for place in found] == expected
    values = {(a, b): value for a, b, value in cells}
    assert len({(place.a, place.b) for place in found}) == len(found)
    assert all(values[place.a, place.b] == place.value for place in found)


def test_equal_pairs_stand_in_their_order():
    matrix = np.full((3, 3), 0.5)
    assert similarity.strongest_pairs(matrix, 2, symmetric=False) == [
        Cell(0, 1, 0.5),
        Cell(0, 2, 0.5),
    ]


def test_partners_leave_out_the_class_itself_and_nothing():
    assert similarity.strongest_partners(np.array([0.1, 0.7, 0.0, 0.2]), 1, 5) == [3, 0]


def test_a_uniform_row_has_nobody_that_stands_out():
    rows = np.full((1, 10), 0.1)
    assert not similarity.stands_out(rows, 0, 3).any()
    rows = np.array([[0.8, 0.11, *[0.01] * 9]])
    assert similarity.stands_out(rows, 0, 1).tolist() == [True]


@pytest.mark.parametrize(
    ("out", "expected"),
    [
        ([False, True, False, True, True], 30),
        ([True, True], 0),
        ([True, False], None),
        ([False], None),
        ([], None),
    ],
)
def test_a_pair_rose_when_it_last_began_to_stand_out(out, expected):
    epochs = [0, 10, 20, 30, 40][: len(out)]
    assert similarity.first_rose(epochs, np.array(out, bool)) == expected


def test_a_trend_is_the_slope_of_the_last_points():
    assert similarity.trend([1], [0.5]) is None
    values = [9.0, 9.0, *(0.1 * epoch for epoch in (3, 5, 7, 9, 11))]
    assert similarity.trend([1, 2, 3, 5, 7, 9, 11], values) == pytest.approx(0.1)


@given(st.integers(0, 300), st.integers(2, 60))
def test_sparse_places_keep_both_ends(count, most):
    places = similarity.sparse(range(count), most)
    assert len(places) == min(count, most)
    assert places == sorted(set(places))
    if count:
        assert (places[0], places[-1]) == (0, count - 1)
