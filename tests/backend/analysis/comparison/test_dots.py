"""A dot per run, a mean with Student's interval per setting, all on one axis."""

from __future__ import annotations

import statistics
from typing import Any

import pytest
from scipy import stats

from backend.analysis.comparison.dots import dot_plot
from backend.analysis.comparison.settings import settings
from tests.backend.analysis.comparison.made_up import run

OURS = (0.80, 0.81, 0.82)
RUNS: Any = [
    *(run(number, "ols", top1, seed=number) for number, top1 in enumerate(OURS)),
    run(8, "hard", 0.70),
    run(9, "hard", None, seed=1),
]


def test_places_and_words_are_those_of_the_runs() -> None:
    plot = dot_plot(RUNS, settings(RUNS), "val_top1")
    assert plot is not None
    ours, hard = plot.rows  # the best first
    assert (ours.title, [dot.run for dot in ours.dots]) == ("Online label smoothing", [0, 1, 2])
    low, high = stats.t.interval(
        0.95, 2, statistics.fmean(OURS), statistics.stdev(OURS) / len(OURS) ** 0.5
    )
    assert ours.text == f"81.0%, 95% interval {low:.1%} to {high:.1%}, n = 3"
    assert ours.low is not None
    assert ours.high is not None
    assert hard.mean < ours.low < ours.dots[0].place < ours.mean < ours.high
    assert (hard.low, hard.text) == (None, "70.0%, one seed")
    marks = [place for place, _ in plot.marks]
    assert len({text for _, text in plot.marks}) == len(marks) >= 3
    assert all(0 <= place <= 1 for place in marks)


def test_less_is_better_of_an_error() -> None:
    for one in RUNS:
        if one["summary"]:
            one["summary"]["val_ece"] = one["summary"]["val_top1"]
    plot = dot_plot(RUNS, settings(RUNS), "val_ece")
    assert plot is not None
    assert plot.rows[0].title == "Hard labels"


@pytest.mark.parametrize("value", [None, float("nan")])
def test_without_a_result_there_is_no_plot(value: float | None) -> None:
    alone: Any = [run(1, "ols", 0.5)]
    alone[0]["summary"]["val_top1"]["last"] = value
    assert dot_plot(alone, settings(alone), "val_top1") is None


def test_one_value_has_an_axis_too() -> None:
    plot = dot_plot(RUNS[3:4], settings(RUNS[3:4]), "val_top1")
    assert plot is not None
    assert plot.rows[0].mean == pytest.approx(0.5)
