"""Runs grouped by fields of their specs."""

from __future__ import annotations

from typing import Any

from typing_extensions import TypedDict


class GroupMetric(TypedDict):
    """Over the runs of a group that have the metric; `std` is the sample's, null below two."""

    mean: float | None
    std: float | None
    n: int


class RunGroup(TypedDict):
    """Runs with the same values in the fields grouped by; null: they lack the field.

    `where` are conditions that find these runs.
    """

    values: dict[str, Any]
    runs: int
    finished: int
    where: list[str]
    metrics: dict[str, GroupMetric]


class RunGroups(TypedDict):
    """In the order of their values, or as `sort` says."""

    groups: list[RunGroup]
