"""What the comparison's templates may use."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from backend.pages.contexts.base import Cell, Context, Option
from backend.schemas.runs import RunDetail, RunRow


@dataclass(frozen=True)
class ResultRow:
    """A run, or a setting with several: its `run` is None."""

    title: str
    href: str
    method: str
    dash: str
    run: RunDetail | None
    count: int
    finished: int
    cells: list[Cell]


@dataclass(frozen=True)
class ResultTable:
    """Results of each run or of each setting; `repeated`: one can choose which."""

    by: str
    repeated: bool
    columns: list[tuple[str, str]]  # metric and title
    rows: list[ResultRow]


@dataclass(frozen=True)
class ComparePage(Context):
    """`/compare`"""

    template = "compare.html"
    runs: list[RunDetail]
    unknown: list[str]
    view: Any  # of backend.analysis.comparison, as are the pictures, which are None without runs
    pictures: Any
    choices: dict[str, list[Option]]  # of the selects, by name
    heatmaps: list[RunDetail]
    player: dict[str, Any]
    maps: str  # whose heatmaps: runs, settings, or nothing where all have room
    table: ResultTable
    differences: list[tuple[str, list[str]]]
    evals: list[str]
    cursor: int
    recent: list[RunRow] = field(default_factory=list)


@dataclass(frozen=True)
class ComparePictures(Context):
    """The comparison's pictures, fetched when another view of them is chosen."""

    template = "_compare_view.html"
    view: Any
    pictures: Any
    choices: dict[str, list[Option]]


@dataclass(frozen=True)
class CompareResults(Context):
    """The comparison's tables, fetched when an epoch ends."""

    template = "_compare_results.html"
    table: ResultTable
