"""Sentences that say what the numbers say."""

from __future__ import annotations

import pytest

from backend.analysis.tables.paper_table import paper_table
from backend.analysis.tables.verdicts import (
    baseline_column,
    improvements,
    verdicts,
    warnings,
)
from tests.backend.analysis.tables.made_up import experiment, run

CLEAR = experiment({"hard": [0.60, 0.61, 0.60, 0.62], "ols": [0.70, 0.71, 0.70, 0.72]}, rate=0.4)


def table(runs, **changes):
    wanted = {"rows": ["dataset.name", "noise.rate"], "columns": ["method.name"]}
    return paper_table(runs, **{**wanted, "metric": "val_top1", **changes})


def test_a_clear_difference_is_a_quotable_sentence() -> None:
    (found,) = verdicts(table(CLEAR), 0)
    assert found.sure
    assert found.pairs == 4
    assert found.sentence.startswith(
        "Online label smoothing is better than Hard labels on Glyphs at 40% noise: +10.0 points, "
        "95% CI +"
    )
    assert "n = 4 (p " in found.sentence


def test_for_errors_less_is_better() -> None:
    for each in CLEAR:
        each["summary"]["val_ece"] = {"last": each["summary"]["val_top1"]["last"]}
    (found,) = verdicts(table(CLEAR, metric="val_ece"), 0)
    assert "is worse than" in found.sentence


def test_a_difference_within_the_noise_is_called_so() -> None:
    (found,) = verdicts(table(experiment({"hard": [0.6, 0.7, 0.8], "ols": [0.61, 0.72, 0.79]})), 0)
    assert not found.sure
    assert "is not significantly different from" in found.sentence


def test_two_seeds_are_never_sure() -> None:
    (found,) = verdicts(table(experiment({"hard": [0.6, 0.6001], "ols": [0.8, 0.8001]})), 0)
    assert found.welch is not None
    assert found.welch.p < 0.001
    assert not found.sure
    assert "2 seeds are few." in found.sentence


def test_one_seed_gives_the_difference_and_no_interval() -> None:
    (found,) = verdicts(table([run(1, "hard", 0.6), run(2, "ols", 0.7)]), 0)
    assert (found.welch_p, found.paired_p) == (None, None)
    assert "+10.0 points, n = 1. One seed says nothing about chance." in found.sentence


def test_more_comparisons_raise_the_p_values() -> None:
    (alone,) = verdicts(table(CLEAR), 0)
    other = experiment({"hard": [0.6, 0.7, 0.8], "ols": [0.61, 0.72, 0.79]})
    among = {verdict.row: verdict for verdict in verdicts(table([*CLEAR, *other]), 0)}[1]
    assert alone.welch_p is not None
    assert among.welch_p == pytest.approx(2 * alone.welch_p)


def test_the_baseline_is_hard_labels_unless_another_is_named() -> None:
    three = table(experiment({"ols": [0.8], "hard": [0.7], "label_smoothing": [0.75]}))
    assert three.column_keys[baseline_column(three, None)] == ("hard",)
    assert three.column_keys[baseline_column(three, ("ols",))] == ("ols",)
    assert baseline_column(table(experiment({"ols": [0.8]})), None) == 0


def test_the_mean_improvement_is_over_rows_that_have_both() -> None:
    runs = [*CLEAR, *experiment({"hard": [0.8], "ols": [0.82]}), run(9, "ols", 0.5, rate=0.6)]
    (found,) = improvements(table(runs), 0)
    assert (found.column, found.rows) == (1, 2)
    assert found.mean == pytest.approx((0.1 + 0.02) / 2)


def test_what_a_reader_must_know_is_said() -> None:
    assert warnings(table(CLEAR)) == []
    said = " ".join(
        warnings(table([*CLEAR[:5], run(9, "ols", 0.8, rate=0.4, epochs=5)], which="best"))
    )
    for words in ("picked on test, the split", "fewer than 3 seeds", "differ in epochs", "2 to 4"):
        assert words in said
