"""A run as the API answers it and as pages show it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NotRequired

from typing_extensions import TypedDict

from backend.core.run_states import RunSource, RunState
from backend.schemas.spec import Spec
from backend.schemas.workers import RunJob


class RunProgress(TypedDict):
    """How far the run is: `epoch` is the last one that ended, `step` counts within the next.

    `stage` is preparing, training or validating, empty while no worker has the run. A logged run
    has none; its `step` is the last one logged, its `epochs` 0 where it did not say how many.
    """

    stage: str
    epoch: int
    epochs: int
    step: int
    steps: int
    eta_seconds: float | None
    images_per_second: float | None


class MetricSummary(TypedDict):
    """A metric's value in the last epoch, and its best one. Accuracies and ECE lie in [0, 1].

    `best_step` is there, and `best_epoch` null, where a logged run measured it by step alone.
    """

    last: float | None
    best: float | None
    best_epoch: int | None
    best_step: NotRequired[int | None]


class RunFailure(TypedDict):
    """Why a run failed; `log_tail`, the last lines of its log, is left out of lists."""

    code: str
    message: str | None
    log_tail: NotRequired[str | None]


class RunFacts(TypedDict, total=False):
    """What the trainer found out before its first step; empty until then."""

    device: str
    device_name: str
    threads: int
    precision: str
    parameters: int
    train_size: int
    val_size: int
    corrupted: int
    steps_per_epoch: int
    resumed_epoch: int
    data_fingerprint: str


class RunParent(TypedDict):
    """The run that a fork continues, and the epoch after which: up to it all is the parent's."""

    run: int
    epoch: int


class Summarised(TypedDict):
    """A run's setting and its results, from which tables and comparisons are made.

    A logged run has no `spec`, but the `config` that it sent, and `method`, `dataset` and `model`
    where it named them.
    """

    id: int
    name: str
    state: RunState
    spec: Spec | None
    config: Any
    method: str | None
    dataset: str | None
    model: str | None
    noise_rate: float
    summary: dict[str, MetricSummary]
    parent: RunParent | None


class RunFork(TypedDict):
    """A fork of a run, and the epoch after which it begins."""

    id: int
    name: str
    state: RunState
    epoch: int


class RunRow(Summarised):
    """A run in a list: `trained` by this lab, or `logged` by a loop of its own.

    It is `stale` while it is running, logged, and has not reported for OLS_STALE_SECONDS;
    `heard_at` is its last call.

    `queue_position` is 1 for the run that is claimed next, `queue_note` says why it can't start
    whatever its position; both are null unless it is queued. `sparkline` is `val_top1` at up to 60
    epochs, evenly spaced. `owner` submitted or logged it; null where nobody had to say who they
    are. `parent` is null unless the run is a fork; it may be deleted since.
    """

    experiment_id: int | None
    owner: str | None
    tags: list[str]
    notes: str
    archived: bool
    pinned: bool
    priority: int
    cancel_requested: bool
    pause_requested: bool
    attempt: int
    source: RunSource
    stale: bool
    heard_at: datetime | None
    eval_on: str | None
    progress: RunProgress
    sparkline: list[float | None]
    info: RunFacts
    worker: str | None
    lease_expires_at: datetime | None
    queue_position: int | None
    queue_note: str | None
    expected_start_seconds: float | None
    disk_bytes: int | None
    error: RunFailure | None
    created_at: datetime
    queued_at: datetime
    started_at: datetime | None
    finished_at: datetime | None


class PresetChange(TypedDict):
    """A field of the spec that the run has otherwise than its preset."""

    path: str
    preset: Any
    value: Any


class RunDetail(RunRow):
    """One run: `classes` are known once a trainer has loaded the data.

    Of a logged run, `key` finds it again, and `better` says min or max of its metrics. `forks` are
    the runs that continue this one. `job` is the Slurm job that trains it, or is to train it.
    """

    key: str | None
    better: dict[str, str]
    classes: list[str] | None
    superclasses: Sequence[str] | None
    preset_changes: list[PresetChange]
    forks: list[RunFork]
    job: RunJob | None


class Forked(TypedDict):
    """The forks that were queued, in the order in which they were asked for, and the experiment
    that they are; null of a single one."""

    runs: list[RunDetail]
    experiment: int | None


class RunList(TypedDict):
    """Some runs of a list; `next_cursor` asks for those behind them, null at its end."""

    runs: list[RunRow]
    next_cursor: str | None


class RunChoice(TypedDict):
    """Of a run only what says which actions its state allows."""

    id: int
    owner: str | None
    state: RunState
    source: RunSource
    stale: bool
    archived: bool
    pinned: bool
    cancel_requested: bool
    pause_requested: bool


class RunResult(Summarised):
    """Of a run only what tables of results are made of; `last_ten`: means of ten epochs."""

    last_ten: NotRequired[dict[str, float | None]]


class Estimate(TypedDict):
    """How long a run may take, and of how many past runs that is the median; null without any."""

    seconds: float | None
    based_on: int


class AttemptRow(TypedDict):
    """One worker's hold of a run.

    `outcome` is the state in which the run ended, or why it was queued again: `handed back`, `lost`
    or `crashed`; null while the attempt lasts. `first_epoch` was to be trained when it began,
    `last_epoch` was the last one recorded when it ended.
    """

    attempt: int
    worker: str
    slot: int
    started_at: datetime
    ended_at: datetime | None
    first_epoch: int
    last_epoch: int | None
    outcome: str | None
    reason: str | None


class AttemptList(TypedDict):
    """The newest attempt comes first."""

    attempts: list[AttemptRow]


class CheckpointFile(TypedDict):
    """A checkpoint that is kept: its epoch, and its size in bytes."""

    epoch: int
    bytes: int


class CheckpointList(TypedDict):
    """The oldest checkpoint comes first."""

    checkpoints: list[CheckpointFile]
