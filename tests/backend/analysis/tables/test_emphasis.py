"""Bold is the best of a row and what cannot be told from it; one seed emphasises nothing."""

from __future__ import annotations

import statistics

import pytest
from scipy import stats

from backend.analysis.tables.emphasis import Sample, bold, welch_p


def sample(*values: float) -> Sample:
    std = statistics.stdev(values) if len(values) > 1 else None
    return Sample(statistics.fmean(values) if values else None, std, len(values))


GOOD = (0.80, 0.81, 0.82)
ALIKE = (0.79, 0.81, 0.805)
BAD = (0.70, 0.71, 0.72)


def marks(*line: Sample, name: str = "val_top1") -> list[bool]:
    return bold([line], name)[0]


def test_welch_from_means_is_welch_from_values() -> None:
    expected = stats.ttest_ind(GOOD, (0.7, 0.75), equal_var=False).pvalue
    assert welch_p(sample(*GOOD), sample(0.7, 0.75)) == pytest.approx(expected, rel=1e-9)
    assert welch_p(sample(0.5, 0.5), sample(0.5, 0.5)) == 1.0
    assert welch_p(sample(0.5, 0.5), sample(0.6, 0.6)) == 0.0


def test_all_that_is_not_significantly_worse_is_bold_together() -> None:
    assert marks(sample(*BAD), sample(*GOOD), sample(*ALIKE)) == [False, True, True]


def test_without_a_significant_difference_nothing_is_bold() -> None:
    assert marks(sample(*GOOD), sample(*ALIKE)) == [False, False]


@pytest.mark.parametrize("few", [(0.99,), (0.99, 0.991)])
def test_few_seeds_are_neither_bold_nor_the_best(few: tuple[float, ...]) -> None:
    assert marks(sample(*few), sample(*GOOD), sample(*BAD)) == [False, True, False]
    assert marks(sample(*few), sample(0.1)) == [False, False]


def test_less_is_better_of_a_loss_and_nothing_of_a_rate() -> None:
    assert marks(sample(*BAD), sample(*GOOD), name="val_ece") == [True, False]
    assert marks(sample(*BAD), sample(*GOOD), name="lr") == [False, False]


def test_many_comparisons_need_more_than_one() -> None:
    line = sample(0.80, 0.81, 0.82), sample(0.775, 0.785, 0.795)
    assert bold([line], "val_top1") == [[True, False]]
    assert bold([line] * 20, "val_top1") == [[False, False]] * 20


def test_an_empty_cell_and_an_empty_table() -> None:
    assert marks(sample(), sample(*GOOD), sample(*BAD)) == [False, True, False]
    assert bold([], "val_top1") == []
