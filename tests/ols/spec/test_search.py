"""What a search may be asked for, and the words for what it may not."""

from __future__ import annotations

from typing import Any

import pytest

from ols.errors import SweepError
from ols.spec.search import Halving, Objective
from ols.spec.sweep import EXAMPLES, Sweep, check_search, example_settings

SEARCH: dict[str, Any] = {
    "spec": {"method": "ols", "epochs": 27},
    "grid": {"method.alpha": {"low": 0, "high": 1}},
    "search": "tpe",
    "budget": {"runs": 10},
}


@pytest.mark.parametrize(
    ("changes", "path", "words"),
    [
        ({"budget": None}, "budget", "say where the search ends"),
        ({"budget": {}}, "budget.runs", "runs, of hours, or both"),
        ({"budget": {"hours": 0}}, "budget.hours", "greater than 0"),
        ({"samples": 5}, "samples", "ends with its budget"),
        ({"budget": {"runs": 2}, "objective": {"seeds": 3}}, "budget.runs", "3 seeds"),
        ({"objective": {"metric": "val_tp1"}}, "objective.metric", "such as val_top1"),
        ({"objective": {"metric": "lr"}}, "objective.metric", "better side"),
        ({"objective": {"metric": "train_loss", "at": "holdout"}}, "objective.metric", "val_top1"),
        ({"objective": {"at": "holdout"}}, "objective.at", "set spec.eval_on to holdout"),
        ({"halving": {"factor": 3}}, "halving", "pruner: asha"),
        ({"grid": {"seed": [0, 1]}}, "grid.seed", "objective.seeds"),
        ({"grid": {"dataset": ["digits", "glyphs"]}}, "grid.dataset", "other images"),
        ({"grid": {"epochs": [9, 27]}, "pruner": "asha"}, "grid.epochs", "equal length"),
        ({"grid": {"method.alpha": {"low": 0, "high": 2}}}, "grid.method.alpha", "2.0"),
        ({"grid": {"epochs": {"low": 3, "high": 9}}}, "grid.epochs", "integer"),
        ({"search": "grid", "budget": None, "pruner": "asha"}, "grid.method.alpha", "or tpe"),
        ({"search": "grid", "budget": None, "grid": {"method.alpha": [0]}, "objective": {}},
         "objective", "pruner: asha"),
        ({"search": "bayes"}, "search", "'grid', 'random' or 'tpe'"),
    ],
)  # fmt: skip
def test_faults_are_named(changes: dict[str, Any], path: str, words: str) -> None:
    with pytest.raises(SweepError) as caught:
        check_search(Sweep.parse(SEARCH | changes))
    (fault,) = caught.value.fields
    assert fault.path == path
    assert words in fault.message


def test_runs_of_other_lengths_are_no_match_for_asha() -> None:
    grid = {"preset": ["digits", "glyphs"], "method": ["ols"]}
    with pytest.raises(SweepError):
        check_search(Sweep.parse(SEARCH | {"grid": grid, "pruner": "asha"}))


def test_a_plain_sweep_is_no_search() -> None:
    plain = {"grid": {"method": ["hard", "ols"]}}
    assert not Sweep.parse(plain).adaptive
    assert not Sweep.parse({**plain, "search": "random", "samples": 2}).adaptive
    assert Sweep.parse({**plain, "search": "random", "budget": {"runs": 2}}).adaptive


def test_every_value_is_checked_once_with_others_at_their_first() -> None:
    grid = {
        "method": ["hard", "ols"],
        "method.alpha": {"low": 0, "high": 1},
        "batch_size": [32, 64, 128],
    }
    specs = check_search(Sweep.parse(SEARCH | {"grid": grid}))
    assert {spec.batch_size for spec in specs} == {32, 64, 128}
    alphas = {spec.method.alpha for spec in specs if spec.method.name == "ols"}
    assert {0.0, 1.0} < alphas


def test_examples_are_settings_that_it_may_try() -> None:
    specs = example_settings(Sweep.parse(SEARCH)).specs
    assert len(specs) == EXAMPLES
    assert all(0 <= spec.method.alpha <= 1 for spec in specs)


@pytest.mark.parametrize(
    ("epochs", "halving", "rungs"),
    [
        (27, {}, [3, 9]),
        (30, {}, [4, 12]),
        (1, {}, []),
        (5, {}, [1, 3]),
        (100, {"first_epoch": 5, "factor": 4}, [5, 20, 80]),
    ],
)
def test_the_epochs_of_comparison(epochs: int, halving: dict[str, int], rungs: list[int]) -> None:
    assert Halving(**halving).rungs(epochs) == rungs


NOISE = {"kind": "symmetric", "rate": 0.4}
LATE = [20]  # of 30 epochs


@pytest.mark.parametrize(
    ("changes", "rungs"),
    [
        ({}, [4, 12]),
        ({"spec": {"noise": NOISE}}, LATE),
        ({"spec": {"noise": NOISE | {"rate": 0}}}, [4, 12]),
        ({"spec": {"noise": NOISE}, "objective": {"at": "best"}}, LATE),
        ({"spec": {"noise": NOISE, "eval_on": "holdout"}, "objective": {"at": "holdout"}}, LATE),
        ({"spec": {"dataset": "cifar10", "noise": {"kind": "human"}}}, LATE),
        ({"spec": {"preset": "glyphs-noise-20"}}, LATE),
        ({"grid": {"method.alpha": [0.1, 0.5], "noise.rate": [0, 0.4]}}, LATE),
        ({"spec": {"noise": NOISE}, "halving": {"first_epoch": 5, "factor": 4}}, [5, 20]),
        ({"spec": {"noise": NOISE}, "pruner": "none"}, []),
    ],
)
def test_with_wrong_labels_settings_are_compared_late(
    changes: dict[str, Any], rungs: list[int]
) -> None:
    spec = SEARCH["spec"] | changes.pop("spec", {})
    assert Sweep.parse(SEARCH | {"pruner": "asha", "spec": spec} | changes).rungs(30) == rungs


def test_the_objective_reads_last_best_or_the_test_sets_value() -> None:
    summary = {"val_top1": {"last": 0.7, "best": 0.8}, "test_top1": {"last": 0.6, "best": 0.6}}
    values = [Objective(at=at).value(summary) for at in ("last", "best", "holdout")]
    assert values == [0.7, 0.8, 0.6]
    assert Objective(metric="val_ece").value(summary) is None
