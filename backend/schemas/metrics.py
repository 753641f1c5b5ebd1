"""Metrics by epoch or by step."""

from __future__ import annotations

from typing_extensions import TypedDict


class Series(TypedDict):
    """`values[name][i]` was measured in `epochs[i]`; null where that epoch does not have it."""

    names: list[str]
    epochs: list[int]
    values: dict[str, list[float | None]]


class StepSeries(TypedDict):
    """`values[name][i]` was measured at `steps[i]`; null where that step does not have it, and
    where thinning left it out."""

    names: list[str]
    steps: list[int]
    values: dict[str, list[float | None]]


class EpochWarning(TypedDict):
    """What the trainer warned of in an epoch."""

    epoch: int
    message: str
