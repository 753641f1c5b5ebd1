"""What the event streams say of a run, by the kind of event; `run_id` is added to each.

A progress event is a RunProgress.
"""

from __future__ import annotations

from typing import Literal

from typing_extensions import TypedDict

from backend.core.run_states import RunState
from backend.schemas.runs import RunFacts, RunFailure, RunProgress

Kind = Literal["state", "progress", "epoch"]


class StateEvent(TypedDict):
    """A run's state, and what changes with it."""

    state: RunState
    moved: bool  # into this state, by this event; else something beside it changed
    deleted: bool
    cancel_requested: bool
    pause_requested: bool
    attempt: int
    worker: str | None
    error: RunFailure | None
    info: RunFacts
    classes: list[str] | None
    started_at: str | None  # ISO 8601
    finished_at: str | None


class EpochEvent(TypedDict):
    """An epoch that ended, or what a loop logged of one: its metrics, and versions of matrices."""

    epoch: int
    epochs: int
    attempt: int
    eta_seconds: float | None
    metrics: dict[str, float | None]
    matrices: dict[str, str]
    warnings: list[str]


EventData = StateEvent | RunProgress | EpochEvent
