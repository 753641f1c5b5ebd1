"""Searches: their settings, what came of each, and the chosen one on fresh seeds."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal

from typing_extensions import TypedDict

TrialState = Literal["open", "paused", "complete", "pruned", "failed", "deleted"]


class SearchState(TypedDict):
    """How far a search is.

    `closed`: it has nothing more to propose. `problem`: why it stopped by itself. `given_up`:
    runs that it paused, which are revived one by one. `runs_allowed`,
    `hours_allowed`: its budget, to which trials may have been added; null: none of that kind.
    """

    stopped: bool
    closed: bool
    problem: str | None
    trials: int
    given_up: int
    runs_allowed: int | None
    hours_allowed: float | None


class Confirms(TypedDict):
    """The search, and its setting, that an experiment repeats on fresh seeds."""

    experiment: int
    trial: int


class SearchObjective(TypedDict):
    """What a search makes as good as it can: of which metric it takes the `last`, the `best` or,
    at the end, the test set's value (`holdout`), as the mean over so many seeds."""

    metric: str
    at: Literal["last", "best", "holdout"]
    seeds: int
    title: str
    better: Literal["max", "min"]


class TrialDetail(TypedDict):
    """One setting of a search.

    `combination`: path -> value of the fields that vary, without those that it can't have. `value`:
    the objective once all `runs` have ended; of one that was given up (`pruned`) the metric at the
    epoch `pruned_at`. `epoch`: the last that all its runs have, of `epochs`.
    """

    number: int
    state: TrialState
    combination: dict[str, Any]
    value: float | None
    epoch: int
    epochs: int
    pruned_at: int | None
    runs: list[int]
    created_at: datetime


class Importance(TypedDict):
    """By fANOVA over `of` settings: path -> share of the objective's variance; with asha of the
    metric at the first `epoch` of comparison, which most settings do not go beyond."""

    of: int
    epoch: int | None
    shares: dict[str, float]


class Confirmation(TypedDict):
    """A setting that was run again on seeds which the search has not seen.

    `metric`: what is measured; that of the test set where the runs validate on a holdout. `mean`
    and `deviation` are over the `values` of runs that have finished, of `runs` in all.
    """

    experiment: int
    trial: int
    metric: str
    runs: int
    values: list[float]
    mean: float | None
    deviation: float | None


class SearchTrials(TypedDict):
    """All settings of a search, in the order in which they were proposed; `best` is the number of
    the one with the best value among those that trained to their end."""

    objective: SearchObjective
    trials: list[TrialDetail]
    best: int | None
    importance: Importance | None
    confirmations: list[Confirmation]
