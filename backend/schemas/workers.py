"""Workers, as they last reported themselves."""

from __future__ import annotations

from datetime import datetime
from typing import NotRequired

from typing_extensions import TypedDict


class ReportedSlot(TypedDict):
    """A place for a run, as a worker reports it; `run_id` is the run's that it trains now.

    Memory is in bytes, `utilization` a share; left out or null where the device does not say.
    """

    index: int
    device: str
    device_name: str
    run_id: int | None
    memory_used: NotRequired[int | None]
    memory_total: NotRequired[int | None]
    utilization: NotRequired[float | None]


class WorkerSlot(ReportedSlot):
    """A slot with the name of the run that it trains."""

    run_name: str | None


class DatasetReport(TypedDict):
    """Whether a worker has a dataset, and where, or what to do for it."""

    available: bool
    detail: str


class WorkerDetail(TypedDict):
    """A worker; `draining`: it claims nothing more. `versions` are those of its packages, `problem`
    says why it can claim nothing now, `job` is the Slurm job that it is."""

    name: str
    host: str
    pid: int
    online: bool
    draining: bool
    slots: list[WorkerSlot]
    datasets: dict[str, DatasetReport]
    versions: dict[str, str]
    problem: str | None
    job: str | None
    started_at: datetime
    heartbeat_at: datetime
    heartbeat_age_seconds: float
    stopped_at: datetime | None


class RunJob(TypedDict):
    """The Slurm job that trains a run, or that is to train it: squeue's state and reason."""

    number: str
    state: str
    reason: str


class BatchJobRow(RunJob):
    """A Slurm job, and the queued run that it is for, as `python -m backend slurm` saw it last."""

    devices: int
    run_id: int | None
    run_name: str | None
    seen_at: datetime


class WorkerList(TypedDict):
    """Workers that are online come first, jobs that wait."""

    workers: list[WorkerDetail]
    jobs: list[BatchJobRow]


class Availability(TypedDict):
    """Which workers online have a dataset; `available` is null where none of them said anything.

    `places` says where each of `workers` has it.
    """

    available: bool | None
    detail: str
    workers: list[str]
    places: dict[str, str]
