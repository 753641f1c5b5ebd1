"""Student's t distribution: the two functions that the tests of a few seeds need.

SciPy has them; of the web service's packages it would be the largest, for these alone.
"""

from __future__ import annotations

import math

_TINY = 1e-300  # stands for 0 in a denominator
_TERMS = 10_000  # of the continued fraction; those that count grow with the root of the freedom


def two_sided_p(t: float, freedom: float) -> float:
    """The probability of a value at least as far from 0 as `t`, either way."""
    square = t * t
    return _beta(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square))


def half_width(level: float, freedom: float) -> float:
    """The t >= 0 that lies within -t and t with the probability `level`, by bisection."""
    low, high = 0.0, 1.0
    while two_sided_p(high, freedom) > 1 - level:
        low, high = high, 2 * high
    while low < (middle := (low + high) / 2) < high:
        if two_sided_p(middle, freedom) > 1 - level:
            low = middle
        else:
            high = middle
    return middle


def _beta(a: float, b: float, x: float, rest: float) -> float:
    """The regularized incomplete beta function I_x(a, b); `rest` is 1 - x, known more exactly."""
    if x <= 0 or rest <= 0:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):  # the fraction converges where x is small
        return 1 - _beta(b, a, rest, x)
    scale = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b)
    return math.exp(scale + a * math.log(x) + b * math.log(rest)) / (a * _fraction(a, b, x))


def _fraction(a: float, b: float, x: float) -> float:
    """Its continued fraction (Abramowitz and Stegun 26.5.8), by the modified method of Lentz
    (Thompson and Barnett 1986)."""
    value = c = 1.0
    d = 0.0
    for m in range(_TERMS):
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2))
        before = value
        for numerator in (odd, even):
            d = 1 / (1 + numerator * d or _TINY)
            c = 1 + numerator / c or _TINY
            value *= c * d
        if value == before:
            break
    return value
