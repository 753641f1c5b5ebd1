"""Experiments: sweeps that are submitted, watched and steered as one."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict

from backend.core.run_states import RunState
from backend.schemas.compare import Difference
from backend.schemas.searches import Confirms, SearchState
from backend.schemas.spec import SweepSpec


class ExperimentDetail(TypedDict):
    """An experiment and how its runs stand: how many in each state, epochs done and to be done.

    `parallel` is how many of them may run at once; null: as many as the workers take. `search`
    says how far a search is, null where all runs were known from the beginning. `confirms`: it
    repeats the setting of a search on fresh seeds. `forks`: the run that its runs continue.
    """

    id: int
    name: str
    owner: str | None
    notes: str
    sweep: SweepSpec
    parallel: int | None
    pinned: bool
    archived: bool
    created_at: datetime
    runs: int
    states: dict[RunState, int]
    epochs_done: int
    epochs: int
    search: SearchState | None
    confirms: Confirms | None
    forks: int | None


class ExperimentList(TypedDict):
    """The newest experiments, pinned ones first."""

    experiments: list[ExperimentDetail]


class ExperimentPreview(TypedDict):
    """What a submission would be.

    `repeated` combinations were left out, being the same as others. `seconds` is on the clock with
    `at_once` runs at a time, judged by past runs like them (`based_on`), the time that a run takes
    to start included; null when some have none like them. `slots` are those of the workers online.
    `differences` are those of the first `shown` runs. Of a `search` they are examples, and `runs`
    and `seconds` the most that its budget allows; null: nobody knows.
    """

    runs: int | None
    search: bool
    repeated: int
    seconds: float | None
    at_once: int
    based_on: int
    slots: int
    shown: int
    differences: list[Difference]


class ChangedRun(TypedDict):
    """A run that an action changed, and its state before."""

    id: int
    was: RunState


class ExperimentAction(TypedDict):
    """How many runs an action changed, which, how the experiment stands now, and in a word what
    they are (`done`)."""

    changed: int
    done: str
    runs: list[ChangedRun]
    experiment: ExperimentDetail


class AddedSeeds(TypedDict):
    """How many runs were added, and how the experiment stands now."""

    added: int
    experiment: ExperimentDetail
