"""The table of results: a row per run, or means over seeds; what is significant is marked."""

from __future__ import annotations

import pytest

from backend.analysis.comparison.results import results
from backend.analysis.comparison.settings import Group, each, settings
from tests.backend.analysis.comparison.made_up import RUNS


def test_each_run_has_its_own_row_and_best_epoch() -> None:
    made = results(RUNS, each(RUNS))
    assert [column[:2] for column in made.columns] == [("val_top1", "best"), ("val_top1", "last")]
    best, last = zip(*made.rows, strict=True)
    assert [stat.mean for stat in last] == [0.5, 0.7, 0.8, None, 0.6]
    assert not any(stat.best for stat in last), "one seed of each"
    assert [stat.epoch for stat in best] == [7, 7, 7, None, 7]


def test_a_setting_has_mean_and_deviation_of_the_runs_with_a_result() -> None:
    last = [row[1] for row in results(RUNS, settings(RUNS)).rows]
    assert [stat.n for stat in last] == [2, 1, 1]
    assert last[0].mean == pytest.approx(0.6)
    assert last[0].std == pytest.approx(0.1 * 2**0.5)
    assert [stat.std for stat in last[1:]] == [None, None]
    assert not any(stat.best for stat in last), "two seeds at most"


def test_a_significant_difference_of_three_seeds_is_marked() -> None:
    runs = [
        {**RUNS[0], "id": place, "summary": {"val_top1": {"last": top1, "best": top1}}}
        for place, top1 in enumerate((0.50, 0.51, 0.52, 0.80, 0.81, 0.82))
    ]
    groups = [Group("a", "", (0, 1, 2), 0), Group("b", "", (3, 4, 5), 3)]
    last = [row[1] for row in results(runs, groups).rows]
    assert [stat.best for stat in last] == [False, True]


def test_what_no_run_has_is_no_column() -> None:
    made = results([RUNS[3]], each([RUNS[3]]))
    assert (made.columns, made.rows) == ([], [[]])
