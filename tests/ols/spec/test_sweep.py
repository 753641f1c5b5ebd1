"""A sweep is every combination once, and its faults are named where they were written."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ols.errors import SweepError
from ols.spec.run_spec import RunSpec
from ols.spec.sweep import Sweep, expand

OLS = {"method": "ols"}


def specs(**sweep):
    return expand(Sweep.parse(sweep)).specs


def faults(**sweep):
    with pytest.raises(SweepError) as raised:
        specs(**sweep)
    return {field.path: field.message for field in raised.value.fields}


def test_every_combination_in_the_order_of_the_grid():
    found = specs(grid={"method": ["hard", "ols"], "seed": [0, 1]}, spec={"epochs": 3})
    assert [(s.method.name, s.seed, s.epochs) for s in found] == [
        ("hard", 0, 3), ("hard", 1, 3), ("ols", 0, 3), ("ols", 1, 3),
    ]  # fmt: skip


def test_a_run_is_what_its_own_spec_would_give():
    (found,) = specs(
        grid={"method.alpha": [0.3], "noise.rate": [0.4], "optimizer.lr": [0.05]},
        spec={"method": "ols", "dataset": "fashion_mnist", "noise": {"kind": "symmetric"}},
    )
    assert found == RunSpec.parse(
        {
            "method": {"name": "ols", "alpha": 0.3},
            "dataset": "fashion_mnist",
            "noise": {"kind": "symmetric", "rate": 0.4},
            "optimizer": {"lr": 0.05},
        }
    )


def test_a_field_varies_only_where_it_exists():
    plan = expand(
        Sweep.parse({"grid": {"method": ["hard", "ols"], "method.alpha": [0.3, 0.5, 0.7]}})
    )
    assert [s.method.name for s in plan.specs] == ["hard", "ols", "ols", "ols"]
    assert plan.repeated == 2


def test_another_choice_drops_the_fields_of_the_common_one():
    found = specs(
        grid={"method.name": ["ols", "hard"]}, spec={"method": {"name": "ols", "alpha": 0.3}}
    )
    assert [getattr(s.method, "alpha", None) for s in found] == [0.3, None]


def test_random_search_draws_the_same_again():
    sweep = {
        "grid": {
            "method.alpha": {"low": 0.1, "high": 0.9},
            "epochs": {"low": 1, "high": 9, "whole": True},
            "optimizer.lr": {"low": 0.001, "high": 1, "log": True},
            "seed": [0, 1],
        },
        "spec": {"method": "ols"}, "search": "random", "samples": 20, "seed": 3,
    }  # fmt: skip
    found = specs(**sweep)
    assert found == specs(**sweep)
    assert len(found) == 20
    assert all(0.1 <= s.method.alpha <= 0.9 and 0.001 <= s.optimizer.lr <= 1 for s in found)
    assert sum(s.optimizer.lr < 0.03 for s in found) > 4, "half of three orders of magnitude"


@pytest.mark.parametrize(
    ("sweep", "path", "words"),
    [
        ({"grid": {}}, "grid", "at least 1"),
        ({"grid": {"method": ["hard", "olz"]}}, "grid.method", "unknown name 'olz'"),
        ({"grid": {"method.alhpa": [1]}, "spec": OLS}, "grid.method.alhpa", "unknown"),
        ({"grid": {"method.alpha": [0.5, 7]}, "spec": OLS}, "grid.method.alpha", "7: "),
        ({"grid": {"seed": [1]}, "spec": {"method": "ols", "epohcs": 3}}, "spec.epohcs", "unknown"),
        ({"grid": {"seed": {"low": 2, "high": 1}}}, "grid.seed.high", "above low"),
        ({"grid": {"seed": 3}}, "grid.seed", "list"),
        ({"grid": {"seed": {"low": 1, "high": 2}}}, "grid.seed", "needs search: random"),
        ({"grid": {"seed": [1]}, "search": "random"}, "samples", "number of combinations"),
        ({"grid": {"seed": [*range(900)], "epochs": [*range(1, 9)]}}, "grid", "at most 5,000"),
        ({"grid": {"Seed; drop": [1]}}, "grid.Seed; drop", "match"),
        ({"grid": {"method": [{"name": "ols", "alpha": 9}]}}, "grid.method", "alpha': 9}: input"),
    ],
)  # fmt: skip
def test_faults_are_named_where_they_were_written(sweep, path, words):
    found = faults(**sweep)
    assert path in found
    assert words in found[path]


@given(
    seeds=st.lists(st.integers(0, 50), min_size=1, max_size=5, unique=True),
    rates=st.lists(st.sampled_from([0.0, 0.2, 0.4]), min_size=1, max_size=3),
)
def test_no_run_comes_twice_and_none_is_missing(seeds, rates):
    plan = expand(
        Sweep.parse(
            {
                "spec": {"method": "ols", "noise": {"kind": "symmetric"}},
                "grid": {"noise.rate": rates, "seed": seeds},
            }
        )
    )
    found = [(s.noise.rate, s.seed) for s in plan.specs]
    assert len(set(found)) == len(found)
    assert set(found) == {(rate, seed) for rate in rates for seed in seeds}
    assert len(found) + plan.repeated == len(seeds) * len(rates)
