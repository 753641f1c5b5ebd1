"""What a search has tried so far, and the same as a study of Optuna."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import optuna
from optuna.distributions import (
    BaseDistribution,
    CategoricalDistribution,
    FloatDistribution,
    IntDistribution,
)
from optuna.study import StudyDirection
from optuna.trial import FrozenTrial, TrialState, create_trial

from ols.spec.sweep import Range, Sweep

optuna.logging.set_verbosity(optuna.logging.WARNING)
# `group` and `multivariate` of the TPE sampler, for years now.
warnings.filterwarnings("ignore", category=optuna.exceptions.ExperimentalWarning)

_STATES = {
    "complete": TrialState.COMPLETE,
    "pruned": TrialState.PRUNED,
    "failed": TrialState.FAIL,
    "open": TrialState.RUNNING,
}


@dataclass(frozen=True)
class Tried:
    """One setting and what it came to.

    `combination`: path -> value of the fields that it has. `value`: of the objective, once all its
    runs have ended. `at_rungs`: epoch -> the metric there, of the epochs at which asha compares.
    """

    combination: Mapping[str, Any]
    state: Literal["complete", "pruned", "failed", "open"] = "open"
    value: float | None = None
    at_rungs: Mapping[int, float] = field(default_factory=dict)


def study(
    sweep: Sweep, tried: Sequence[Tried], sampler: optuna.samplers.BaseSampler | None = None
) -> optuna.Study:
    """All of it, in this process' memory. Without a sampler it is only for looking at."""
    better = sweep.goal.measured.better
    direction = StudyDirection.MAXIMIZE if better == "max" else StudyDirection.MINIMIZE
    empty = optuna.create_study(direction=direction, sampler=sampler)
    empty.add_trials([_trial(sweep, each) for each in tried])
    return empty


def distributions(sweep: Sweep, paths: Mapping[str, Any]) -> dict[str, BaseDistribution]:
    """From what the values of these fields are drawn; of a list it is the place in it."""
    return {path: _distribution(sweep.grid[path]) for path in paths}


def decoded(sweep: Sweep, drawn: Mapping[str, Any]) -> dict[str, Any]:
    """What was drawn from the distributions as the fields' values, numbers to four digits."""
    return {path: _value(sweep.grid[path], number) for path, number in drawn.items()}


def _trial(sweep: Sweep, tried: Tried) -> FrozenTrial:
    state = _STATES[tried.state]
    if state == TrialState.COMPLETE and tried.value is None:  # it diverged
        state = TrialState.FAIL
    params = {path: _number(sweep.grid[path], value) for path, value in tried.combination.items()}
    return create_trial(
        state=state,
        value=tried.value if state == TrialState.COMPLETE else None,
        params=params,
        distributions=distributions(sweep, params),
        intermediate_values=dict(tried.at_rungs),
    )


def _distribution(given: list[Any] | Range) -> BaseDistribution:
    if isinstance(given, Range):
        if given.whole:
            return IntDistribution(int(given.low), int(given.high), log=given.log)
        return FloatDistribution(given.low, given.high, log=given.log)
    if _ordered(given):  # then what is near in the list is near for the sampler too
        return IntDistribution(0, len(given) - 1)
    return CategoricalDistribution(range(len(given)))


def _ordered(values: Sequence[Any]) -> bool:
    numbers = all(isinstance(v, int | float) and not isinstance(v, bool) for v in values)
    return numbers and list(values) == sorted(values)


def _number(given: list[Any] | Range, value: Any) -> Any:
    return value if isinstance(given, Range) else given.index(value)


def _value(given: list[Any] | Range, number: Any) -> Any:
    if not isinstance(given, Range):
        return given[number]
    if given.whole:
        return int(number)
    return min(max(float(f"{number:.4g}"), given.low), given.high)
