"""Runs that differ in the seed alone are one setting."""

from __future__ import annotations

from backend.analysis.comparison.settings import as_settings, each, pair, settings
from tests.backend.analysis.comparison.made_up import RUNS


def test_seeds_are_one_setting_named_by_what_tells_it_apart() -> None:
    found = settings(RUNS)
    assert [(group.title, group.places, group.first) for group in found] == [
        ("Hard labels", (0, 1), 1),
        ("Online label smoothing, alpha 0.5", (2, 3), 3),
        ("Online label smoothing, alpha 0.9", (4,), 5),
    ]
    assert [group.places for group in each(RUNS)] == [(place,) for place in range(5)]


def test_repeated_runs_stand_as_settings_unless_the_address_says_otherwise() -> None:
    found = settings(RUNS)
    assert as_settings(RUNS, found, "")
    assert not as_settings(RUNS, found, "runs")
    again = [RUNS[0], {**RUNS[0], "id": 9}]  # the same seed once more
    assert not as_settings(again, settings(again), "")
    alone = [RUNS[0], RUNS[2]]
    assert not as_settings(alone, settings(alone), "")
    assert as_settings(alone, settings(alone), "settings")


def test_ols_is_compared_with_hard_labels_where_nobody_chose() -> None:
    found = settings(RUNS)
    ours, base = pair(found, 0, 0)
    assert (ours, base) == (found[1], found[0])
    assert pair(found, 5, 3) == (found[2], found[1])
    assert pair(found, 99, 99) == (found[1], found[0])  # no such settings
    assert pair(found[:1], 0, 0) == (None, found[0])
