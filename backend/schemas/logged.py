"""What a loop of its own sends of its run, and what it is answered."""

from __future__ import annotations

from datetime import datetime

from typing_extensions import TypedDict


class LogResult(TypedDict):
    """`accepted` points were stored; the others are the run's highest epoch and step so far, null
    before the first. `cancel_requested`: a user asks the loop to end."""

    accepted: int
    last_epoch: int | None
    last_step: int | None
    cancel_requested: bool


class StoredMatrix(TypedDict):
    """The matrix as it is kept: exactly (`f32-shuffle`), or within 1.3e-4 of it."""

    kind: str
    epoch: int
    k: int
    version: str
    codec: str
    cancel_requested: bool


class StoredSamples(TypedDict):
    """The strip of one class; `number` counts from 0."""

    number: int
    version: str
    cancel_requested: bool


class MetricPoint(TypedDict):
    """One value: at an epoch or at a step; the other one is null."""

    run: int
    name: str
    epoch: int | None
    step: int | None
    time: datetime | None
    value: float | None
