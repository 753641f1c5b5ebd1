"""Several runs side by side. Each list of values has one per run, in the order of `runs`."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict

from backend.schemas.runs import MetricSummary, RunDetail


class Difference(TypedDict):
    """A field of the specs in which they differ, such as `method.name`; null: a spec lacks it."""

    path: str
    values: list[Any]


class ComparedSummary(TypedDict):
    """A run's metrics in its last and its best epoch."""

    run_id: int
    name: str
    metrics: dict[str, MetricSummary]


class Comparison(TypedDict):
    """`series[name][i]` belongs to `runs[i]` and is as long as `epochs`, which all runs share; an
    epoch that a run does not have is null."""

    runs: list[RunDetail]
    names: list[str]
    epochs: list[int]
    series: dict[str, list[list[float | None]]]
    differences: list[Difference]
    summary: list[ComparedSummary]
