"""How each kind of number is written."""

from __future__ import annotations

import math

import pytest

from ols.spec.number_kinds import FORMS


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("share", 0.8134, "81.3%"),
        ("nats", 0.76453, "0.765"),
        ("correlation", -0.5, "-0.500"),
        ("count", 2.25, "2.2"),
        ("seconds", 1234.56, "1,234.6 s"),
        ("rate", 2210.4, "2,210"),
        ("plain", 0.000123456, "0.0001235"),
        ("plain", 3.0, "3"),
    ],
)
def test_a_value_by_its_kind(kind, value, text):
    assert FORMS[kind].text(value) == text


@pytest.mark.parametrize("kind", FORMS)
@pytest.mark.parametrize("value", [None, math.nan, math.inf])
def test_what_is_not_known_is_a_dash(kind, value):
    assert FORMS[kind].text(value) == "–"
    assert FORMS[kind].spread(value, 0.1) == "–"


@pytest.mark.parametrize(
    ("kind", "mean", "std", "text"),
    [
        ("share", 0.813, 0.004, "81.3 ± 0.4%"),
        ("seconds", 12.34, 0.26, "12.3 ± 0.3 s"),
        ("nats", 0.5, 0.01, "0.500 ± 0.010"),
        ("plain", 0.123456, 0.00987, "0.1235 ± 0.0099"),
        ("share", 0.813, None, "81.3%"),  # of one value
    ],
)
def test_a_mean_and_its_deviation(kind, mean, std, text):
    assert FORMS[kind].spread(mean, std) == text


def test_a_difference_has_a_sign():
    assert FORMS["share"].difference(0.021) == "+2.1 points"
    assert FORMS["share"].difference(-0.021, unit=False) == "−2.1"
    assert FORMS["nats"].difference(-0.0312) == "−0.031"
    assert FORMS["plain"].difference(0.00012) == "+0.00012"
