"""Repetitions under seeds, their titles, smoothing and thinning."""

from __future__ import annotations

from typing import Any

import pytest

from backend.analysis.tables.curves import group_titles, repetitions, smoothed
from tests.backend.analysis.tables.made_up import experiment, run

RUNS = [*experiment({"hard": [0.5, 0.5], "ols": [0.6, 0.6]}), run(9, "ols", 0.5, rate=0.4)]


def test_runs_that_differ_in_the_seed_alone_are_one_setting() -> None:
    groups = repetitions(RUNS)
    assert groups == [[0, 1], [2, 3], [4]]
    assert group_titles(RUNS, groups) == [
        "Hard labels, 0% noise",
        "Online label smoothing, 0% noise",
        "Online label smoothing, 40% noise",
    ]


def test_what_names_do_not_tell_apart_other_fields_do() -> None:
    runs = [run(1, "ols", 0.5, epochs=5), run(2, "ols", 0.5, epochs=9)]
    assert group_titles(runs, repetitions(runs)) == ["epochs 5", "epochs 9"]


def test_smoothing_starts_at_the_first_value_and_keeps_a_constant() -> None:
    assert smoothed([0.5] * 4, 0.9) == pytest.approx([0.5] * 4)
    assert smoothed([1.0, 0.0], 0.5) == pytest.approx([1.0, 1 / 3])
    assert smoothed([1.0, 0.0], 0.0) == [1.0, 0.0]


def test_a_fork_repeats_forks_of_the_same_epoch_alone() -> None:
    parents = (None, {"run": 1, "epoch": 2}, {"run": 1, "epoch": 3}, {"run": 1, "epoch": 2})
    runs: list[Any] = [{**RUNS[0], "parent": parent} for parent in parents]
    assert repetitions(runs) == [[0], [1, 3], [2]]
