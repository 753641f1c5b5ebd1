"""Is one method significantly better than another? From the results of a few seeds.

welch(ours, baseline)              two independent samples of unequal variance (Welch 1947)
paired_bootstrap(ours, baseline)   the same seeds under both methods (Efron and Tibshirani 1993)
holm(p_values)                     several comparisons at once (Holm 1979)
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from backend.analysis.tables.student import half_width, two_sided_p
from backend.core import late_numpy as np

LEVEL = 0.95  # of the confidence intervals
ALPHA = 0.05  # a corrected p below this is significant
RESAMPLES = 9_999
FEW_SEEDS = 3  # with fewer an interval says next to nothing


@dataclass(frozen=True)
class Difference:
    """mean(ours) - mean(baseline), in the metric's own unit, with its interval at LEVEL."""

    value: float
    low: float
    high: float
    p: float  # two-sided, against no difference


def welch(ours: Sequence[float], baseline: Sequence[float]) -> Difference | None:
    """Welch's t-test with its interval; None where a side has fewer than two results.

    Two samples without any spread (a deterministic run that was repeated) leave no doubt that the
    test could measure: p is 0, or 1 where they are equal.
    """
    if min(len(ours), len(baseline)) < 2:
        return None
    value = float(np.mean(ours) - np.mean(baseline))
    if np.ptp(ours) == 0 and np.ptp(baseline) == 0:
        return Difference(value, value, value, 0.0 if value else 1.0)
    error, freedom = standard_error(
        float(np.var(ours, ddof=1)) / len(ours), len(ours),
        float(np.var(baseline, ddof=1)) / len(baseline), len(baseline),
    )  # fmt: skip
    half = half_width(LEVEL, freedom) * error
    return Difference(value, value - half, value + half, two_sided_p(value / error, freedom))


def standard_error(a: float, n: int, b: float, m: int) -> tuple[float, float]:
    """A difference's standard error and its degrees of freedom, from the squares of the standard
    errors of two means of n and m results, one of them above 0 (Welch 1947)."""
    return math.sqrt(a + b), (a + b) ** 2 / (a**2 / (n - 1) + b**2 / (m - 1))


def paired_bootstrap(
    ours: Sequence[float], baseline: Sequence[float], *, seed: int = 0
) -> Difference | None:
    """Resamples the pairs' differences; None for fewer than two pairs.

    ours[i] and baseline[i] share a seed (so the data, its noise and the order of the batches),
    which takes out what both have in common. The interval is the percentile one; p is twice the
    smaller share of resampled means on one side of 0, at least 1 / (RESAMPLES + 1).
    """
    differences = np.asarray(ours, float) - np.asarray(baseline, float)
    if len(differences) < 2:
        return None
    value = float(differences.mean())
    if np.ptp(differences) == 0:
        return Difference(value, value, value, 0.0 if value else 1.0)
    return _resampled(tuple(differences.tolist()), seed)


@lru_cache(maxsize=1024)
def _resampled(differences: tuple[float, ...], seed: int) -> Difference:
    """The same of the same numbers: what is bold, a table's sentences and a page that is fetched
    again while runs train ask for it."""
    count = len(differences)
    draws = np.random.default_rng(seed).integers(0, count, (RESAMPLES, count))
    means = np.array(differences)[draws].mean(axis=1)
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    beyond = min((means <= 0).sum(), (means >= 0).sum()) + 1
    p = min(1.0, 2 * float(beyond) / (RESAMPLES + 1))
    return Difference(float(np.mean(differences)), float(low), float(high), p)


def holm(p_values: Sequence[float]) -> list[float]:
    """p-values corrected for their number, in the order given: none of them is lowered."""
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    corrected, highest = [math.nan] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        corrected[index] = highest
    return corrected
