"""The next setting: within its bounds, only fields that it has, never the same twice, and better
than chance."""

from __future__ import annotations

import math
from typing import Any

import pytest

from ols.errors import SweepError
from ols.search.importance import comparable, importance
from ols.search.judge import gives_up
from ols.search.propose import propose
from ols.search.tried import Tried
from ols.spec.sweep import Sweep

LR = {"low": 1e-4, "high": 1.0, "log": True}


def sweep(**values: Any) -> Sweep:
    body = {
        "spec": {"dataset": "digits", "epochs": 27},
        "grid": {"method": ["hard", "ols"], "method.alpha": {"low": 0, "high": 1}},
        "search": "tpe",
        "budget": {"runs": 40},
    }
    return Sweep.parse(body | values)


def searched(sweep: Sweep, value: Any, settings: int) -> list[Tried]:
    tried: list[Tried] = []
    for _ in range(settings):
        setting = propose(sweep, tried)
        assert setting is not None
        tried.append(Tried(setting, "complete", value(setting)))
    return tried


def test_a_field_is_drawn_only_where_the_setting_has_it() -> None:
    tried = searched(sweep(), lambda setting: setting.get("method.alpha", 0.5), 20)
    for each in tried:
        assert ("method.alpha" in each.combination) == (each.combination["method"] == "ols")
    assert {each.combination["method"] for each in tried} == {"hard", "ols"}


@pytest.mark.parametrize("kind", ["random", "tpe"])
def test_bounds_hold_and_a_logarithmic_range_is_drawn_over_orders_of_magnitude(kind: str) -> None:
    grid = {"optimizer.lr": LR, "epochs": {"low": 3, "high": 5, "whole": True}}
    tried = searched(sweep(grid=grid, spec={"method": "ols"}, search=kind), lambda _: 0.5, 30)
    rates = [each.combination["optimizer.lr"] for each in tried]
    assert all(1e-4 <= rate <= 1 for rate in rates)
    assert 5 <= sum(rate < 1e-2 for rate in rates) <= 25
    assert {each.combination["epochs"] for each in tried} <= {3, 4, 5}
    assert all(type(each.combination["epochs"]) is int for each in tried)


def test_tpe_comes_closer_than_chance() -> None:
    grid = {"method.alpha": {"low": 0, "high": 1}, "optimizer.lr": LR}

    def value(setting: dict[str, Any]) -> float:
        off = math.log10(setting["optimizer.lr"] / 0.03)
        return -((setting["method.alpha"] - 0.3) ** 2) - off**2

    def mean(kind: str) -> float:
        spaces = [sweep(grid=grid, spec={"method": "ols"}, search=kind, seed=n) for n in range(3)]
        late = [each for space in spaces for each in searched(space, value, 40)[-20:]]
        return sum(each.value or 0 for each in late) / len(late)

    assert mean("tpe") > mean("random") + 0.3


def test_every_setting_of_a_finite_search_comes_once() -> None:
    grid = {"method": ["hard", {"name": "ols", "counted": "all"}], "method.alpha": [0.1, 0.5, 0.9]}
    space = sweep(grid=grid)
    tried = searched(space, lambda setting: float(setting["method"] == "hard"), 4)
    assert len({repr(each.combination) for each in tried}) == 4
    assert propose(space, tried) is None


def test_what_trains_just_now_is_not_proposed_once_more() -> None:
    tried = [Tried(setting) for _ in range(1) if (setting := propose(sweep(), []))]
    for _ in range(10):
        setting = propose(sweep(), tried)
        assert setting not in [each.combination for each in tried]
        tried.append(Tried(setting or {}))


def test_a_smaller_loss_is_better() -> None:
    space = sweep(
        spec={"method": "ols"},
        grid={"method.alpha": {"low": 0, "high": 1}},
        objective={"metric": "val_loss"},
    )
    tried = searched(space, lambda setting: setting["method.alpha"], 40)
    assert sum(each.value or 0 for each in tried[-15:]) / 15 < 0.2


def test_fields_that_never_fit_together_are_an_error() -> None:
    grid = {"final.ensemble_last": {"low": 8, "high": 9, "whole": True}}
    space = sweep(grid=grid, spec={"method": "ols", "epochs": 5})
    with pytest.raises(SweepError, match="must not exceed epochs"):
        propose(space, [])


def test_asha_keeps_one_in_three_and_gives_up_what_diverged() -> None:
    space = sweep(pruner="asha")
    tried = [Tried({}, "open", None, {3: value / 9}) for value in range(9)]
    given_up = [gives_up(space, tried, place, 3) for place in range(9)]
    assert given_up == [True] * 6 + [False] * 3
    assert gives_up(space, [*tried, Tried({})], 9, 3)
    assert not gives_up(space, tried[:1], 0, 3), "the first is compared with nobody"
    assert gives_up(sweep(pruner="asha", objective={"metric": "val_loss"}), tried, 8, 3)


def test_importance_names_the_field_that_matters_and_waits_for_enough() -> None:
    grid = {"method.alpha": {"low": 0, "high": 1}, "optimizer.lr": LR}
    space = sweep(grid=grid, spec={"method": "ols"}, search="random")
    tried = searched(space, lambda setting: setting["method.alpha"], 20)
    shares = importance(space, tried)
    assert list(shares) == ["method.alpha", "optimizer.lr"]
    assert shares["method.alpha"] > 0.9
    assert importance(space, tried[:5]) == {}
    assert importance(space, [Tried(each.combination, "complete", 0.5) for each in tried]) == {}


def test_with_asha_settings_are_compared_at_the_first_epoch_of_comparison() -> None:
    tried = [
        Tried({}, "complete", 0.9, {3: 0.5, 9: 0.7}),
        Tried({}, "pruned", 0.3, {3: 0.3}),
        Tried({}),
    ]
    epoch, there = comparable(sweep(pruner="asha"), tried)
    assert (epoch, [each.value for each in there]) == (3, [0.5, 0.3])
    epoch, there = comparable(sweep(), tried)
    assert (epoch, [each.value for each in there]) == (None, [0.9])
