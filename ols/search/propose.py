"""The next setting of a search."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import optuna

from ols.errors import SweepError
from ols.search.tried import Tried, decoded, distributions, study
from ols.spec.assignments import assign
from ols.spec.sweep import Sweep, applies, grid_combinations, names_a_part, setting

TRIES = 50  # to draw a setting that is valid and new
MOST_AT_RANDOM = 10  # settings before TPE begins, Optuna's own number
LEAST_AT_RANDOM = 3


def propose(sweep: Sweep, tried: Sequence[Tried]) -> dict[str, Any] | None:
    """Path -> value of the fields that the next setting has; None when none is left.

    The same history gives the same setting. Raises SweepError where no valid one could be drawn.
    """
    before = [dict(each.combination) for each in tried]
    if sweep.search == "grid":
        return next((each for each in _of_lists(sweep) if each not in before), None)
    samplers = [_sampler(sweep, len(tried)), _at_random(sweep, len(tried))]
    faults: list[SweepError] = []
    # At random where TPE only comes back to what it knows to be good, then what is left of lists.
    for sampler in samplers:
        asked = study(sweep, tried, sampler)
        for _ in range(TRIES):
            trial = asked.ask()
            combination = _drawn(sweep, trial)
            if combination not in before:
                try:
                    setting(sweep, combination)
                    return combination
                except SweepError as error:  # two fields that do not go together
                    faults.append(error)
            asked.tell(trial, state=optuna.trial.TrialState.FAIL)
    if all(isinstance(values, list) for values in sweep.grid.values()):
        left = (each for each in _of_lists(sweep) if each not in before and _valid(sweep, each))
        return next(left, None)
    if faults:
        raise faults[-1]
    return None


def _valid(sweep: Sweep, combination: Mapping[str, Any]) -> bool:
    try:
        setting(sweep, combination)
    except SweepError:
        return False
    return True


def _sampler(sweep: Sweep, asked_before: int) -> optuna.samplers.BaseSampler:
    if sweep.search == "random":
        return _at_random(sweep, asked_before)
    runs = sweep.budget.runs if sweep.budget else None
    third = (runs // sweep.goal.seeds) // 3 if runs else MOST_AT_RANDOM
    return optuna.samplers.TPESampler(
        seed=_seed(sweep, asked_before),
        n_startup_trials=min(MOST_AT_RANDOM, max(LEAST_AT_RANDOM, third)),
        multivariate=True,
        group=True,  # fields that only some settings have are learned where they are
        constant_liar=True,  # a setting that trains just now is not proposed once more
    )


def _at_random(sweep: Sweep, asked_before: int) -> optuna.samplers.BaseSampler:
    return optuna.samplers.RandomSampler(seed=_seed(sweep, asked_before))


def _seed(sweep: Sweep, asked_before: int) -> int:
    """Another one for each setting, or every one that TPE draws at first would be the same."""
    return (sweep.seed * 100_003 + asked_before) % 2**32


def _drawn(sweep: Sweep, trial: optuna.Trial) -> dict[str, Any]:
    """Choices of parts first: on them it depends which other fields there are."""
    names = [path for path in sweep.grid if names_a_part(path)]
    drawn = {path: _suggest(trial, sweep, path) for path in names}
    data = _with_names(sweep, decoded(sweep, drawn))
    for path in sweep.grid:
        if path not in drawn and applies(data, path):
            drawn[path] = _suggest(trial, sweep, path)
    return {path: decoded(sweep, drawn)[path] for path in sweep.grid if path in drawn}


def _suggest(trial: optuna.Trial, sweep: Sweep, path: str) -> Any:
    distribution = distributions(sweep, {path: None})[path]
    if isinstance(distribution, optuna.distributions.CategoricalDistribution):
        return trial.suggest_categorical(path, distribution.choices)
    if isinstance(distribution, optuna.distributions.IntDistribution):
        return trial.suggest_int(path, distribution.low, distribution.high, log=distribution.log)
    assert isinstance(distribution, optuna.distributions.FloatDistribution)
    return trial.suggest_float(path, distribution.low, distribution.high, log=distribution.log)


def _with_names(sweep: Sweep, names: Mapping[str, Any]) -> dict[str, Any]:
    data = copy.deepcopy(sweep.spec)
    for path, value in names.items():
        assign(data, path, value)
    return data


def _of_lists(sweep: Sweep) -> Iterator[dict[str, Any]]:
    """Every combination without the fields that it can't have; some come more than once."""
    for combination in grid_combinations(sweep):
        names = {path: value for path, value in combination.items() if names_a_part(path)}
        data = _with_names(sweep, names)
        yield {
            path: value
            for path, value in combination.items()
            if path in names or applies(data, path)
        }
