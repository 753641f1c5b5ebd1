"""What the comparison's templates may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from backend.pages.contexts.base import Cell, Context, Run


@dataclass(frozen=True)
class ComparePage(Context):
    """`/compare`"""

    template = "compare.html"
    runs: list[Run]
    unknown: list[str]
    view: Any  # of backend.pages.compare_view, as are the pictures; None without runs
    pictures: Any
    heatmaps: list[Run]
    player: dict[str, Any]
    metrics: list[tuple[str, str]]
    results: list[list[Cell]]
    differences: list[tuple[str, list[str]]]
    dashes: list[str]
    evals: list[str]
    cursor: int
    recent: list[Run] = field(default_factory=list)


@dataclass(frozen=True)
class ComparePictures(Context):
    """The comparison's pictures, fetched when another view of them is chosen."""

    template = "_compare_view.html"
    view: Any
    pictures: Any


@dataclass(frozen=True)
class CompareResults(Context):
    """The comparison's tables, fetched when an epoch ends."""

    template = "_compare_results.html"
    runs: list[Run]
    metrics: list[tuple[str, str]]
    results: list[list[Cell]]
    dashes: list[str]
