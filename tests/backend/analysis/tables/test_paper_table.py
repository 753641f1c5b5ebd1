"""Runs find their cells; a cell's numbers are those of its runs."""

from __future__ import annotations

import statistics

import pytest

from backend.analysis.tables.paper_table import paper_table
from tests.backend.analysis.tables.made_up import experiment, run

CLEAN = experiment({"ols": [0.80, 0.82, 0.81], "hard": [0.75, 0.74]})
NOISY = experiment({"ols": [0.70], "hard": [0.60, 0.62]}, rate=0.4)


def table(runs, **changes):
    wanted = {"rows": ["noise.rate"], "columns": ["method.name"], "metric": "val_top1"} | changes
    return paper_table(runs, **wanted)


def test_cells_hold_mean_deviation_and_number_of_their_runs() -> None:
    found = table([*CLEAN, *NOISY])
    assert found.row_keys == ((0.0,), (0.4,))
    assert found.column_keys == (("hard",), ("ols",))
    hard, ols = found.cells[0]
    assert ols.mean == pytest.approx(0.81)
    assert ols.std == pytest.approx(statistics.stdev([0.80, 0.82, 0.81]))
    assert (ols.n, hard.n) == (3, 2)
    assert ols.run_ids == (100, 101, 102)
    assert found.cells[1][1].std is None


def test_what_is_significantly_better_is_marked_by_what_is_better() -> None:
    runs = experiment({"ols": [0.80, 0.82, 0.81], "hard": [0.75, 0.74, 0.76]})
    assert [cell.best for cell in table(runs).cells[0]] == [False, True]
    for each in runs:
        each["summary"]["val_ece"] = {"last": each["summary"]["val_top1"]["last"]}
    assert [cell.best for cell in table(runs, metric="val_ece").cells[0]] == [True, False]


def test_a_row_of_few_seeds_marks_nothing() -> None:
    assert not any(cell.best for row in table([*CLEAN, *NOISY]).cells for cell in row)


def test_a_run_without_the_metric_leaves_its_cell_empty() -> None:
    found = table([run(1, "hard", 0.7), run(2, "ols", None)])
    hard, ols = found.cells[0]
    assert (ols.mean, ols.n, ols.best) == (None, 0, False)
    assert not hard.best, "the best of one is none"


def test_further_differences_within_a_cell_are_named() -> None:
    assert table(CLEAN).mixed == ()
    assert table([*CLEAN, run(9, "ols", 0.8, epochs=12)]).mixed == ("epochs",)
    assert table([*CLEAN, *NOISY], rows=[]).mixed == ("noise.kind", "noise.rate")


def test_pairs_share_everything_but_the_columns_part() -> None:
    found = table(CLEAN).cells[0]
    shared = set(found[0].by_pair) & set(found[1].by_pair)
    assert len(shared) == 2


def test_lists_of_lists_and_maps_are_settings_like_others() -> None:
    matrix = [[0.9, 0.1], [0.2, 0.8]]
    given = {"name": "forward_correction", "transition": "given", "matrix": matrix}
    noise = {"kind": "asymmetric", "rate": 0.2, "map": {"0": "O"}}
    runs = [run(1, "hard", 0.7), run(2, "hard", 0.8)]
    runs[1]["spec"] |= {"method": {**runs[1]["spec"]["method"], **given}, "noise": noise}
    found = table(runs, rows=[], columns=["dataset.name"])
    assert {"method.matrix", "noise.map"} <= set(found.mixed)


def test_a_best_epoch_picked_on_the_split_it_is_measured_on_is_known() -> None:
    assert table(CLEAN, which="best").caveats == ("epoch picked on test",)
    assert table(CLEAN).caveats == ()
    held = experiment({"ols": [0.8]}, eval_on="holdout")
    assert table(held, which="best").caveats == ("epoch picked on holdout",)
    assert table([*CLEAN, *held], which="best").caveats == (
        "epoch picked on holdout",
        "epoch picked on test",
    )


def test_no_runs_make_an_empty_table() -> None:
    found = table([])
    assert (found.row_keys, found.column_keys, found.cells) == ((), (), ())
