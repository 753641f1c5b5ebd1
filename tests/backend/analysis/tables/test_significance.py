"""The tests against textbook formulas and their limiting cases."""

from __future__ import annotations

import math
import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from backend.analysis.tables.significance import holm, paired_bootstrap, welch

OURS, BASELINE = [0.79, 0.81, 0.80, 0.83], [0.74, 0.75, 0.78]


def test_welch_is_the_formula_of_1947() -> None:
    found = welch(OURS, BASELINE)
    assert found is not None
    va, vb = (statistics.variance(x) / len(x) for x in (OURS, BASELINE))
    error = math.sqrt(va + vb)
    freedom = (va + vb) ** 2 / (va**2 / 3 + vb**2 / 2)
    gap = statistics.fmean(OURS) - statistics.fmean(BASELINE)
    half = stats.t.ppf(0.975, freedom) * error
    assert found.value == pytest.approx(gap)
    assert (found.low, found.high) == pytest.approx((gap - half, gap + half))
    assert found.p == pytest.approx(2 * stats.t.sf(gap / error, freedom))


@pytest.mark.parametrize("test", [welch, paired_bootstrap])
def test_one_seed_says_nothing(test) -> None:
    assert test([0.8], [0.7]) is None


@pytest.mark.parametrize("test", [welch, paired_bootstrap])
def test_results_without_spread(test) -> None:
    assert test([0.8, 0.8], [0.7, 0.7]).p == 0
    assert test([0.8, 0.8], [0.8, 0.8]).p == 1


def test_pairs_take_out_what_both_share() -> None:
    """Seeds that differ a lot, a method that adds a point to each."""
    baseline = [0.60, 0.70, 0.80, 0.65, 0.75]
    ours = [x + gain for x, gain in zip(baseline, (0.01, 0.012, 0.008, 0.011, 0.009), strict=True)]
    paired, unpaired = paired_bootstrap(ours, baseline), welch(ours, baseline)
    assert paired is not None
    assert unpaired is not None
    assert paired.p < 0.001 < 0.5 < unpaired.p
    assert 0.008 < paired.low < paired.value < paired.high < 0.012
    assert paired == paired_bootstrap(ours, baseline), "the same numbers give the same interval"


def test_the_bootstrap_is_scipys() -> None:
    differences = [a - b for a, b in zip(OURS, BASELINE, strict=False)]
    expected = stats.bootstrap(
        (differences,), statistics.fmean, vectorized=False, method="percentile", rng=0
    ).confidence_interval
    interval = paired_bootstrap(OURS[:3], BASELINE)
    assert interval is not None
    assert (interval.low, interval.high) == pytest.approx(tuple(expected))


def test_the_bootstrap_is_symmetric() -> None:
    one, other = paired_bootstrap(OURS[:3], BASELINE), paired_bootstrap(BASELINE, OURS[:3])
    assert one is not None
    assert other is not None
    assert one.value == pytest.approx(-other.value)
    assert one.p == pytest.approx(other.p, abs=0.01)


def test_holm_by_hand() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_holm_keeps_the_order_and_lies_between_no_correction_and_bonferroni(values) -> None:
    corrected = holm(values)
    for before, after in zip(values, corrected, strict=True):
        assert before <= after <= min(1.0, len(values) * before) + 1e-12
    pairs = sorted(zip(values, corrected, strict=True))
    assert [after for _, after in pairs] == sorted(after for _, after in pairs)
