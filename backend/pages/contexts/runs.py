"""What the templates of the runs table may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.pages.contexts.base import Column, Context, Option
from backend.schemas.runs import RunRow


@dataclass(frozen=True)
class Filters:
    """What the filter form shows."""

    state: str
    method: str
    dataset: str
    q: str
    sort: str
    archived: bool
    pinned: bool | None
    active: bool
    conditions: list[tuple[str, str, str]]  # its name in the URL, what it says, the URL without it
    columns: str
    group: str


@dataclass(frozen=True)
class RunsPage(Context):
    """`/`"""

    template = "runs.html"
    runs: list[RunRow]
    table: Any  # of backend.pages.grouping, when runs are grouped
    columns: list[Column]
    chosen: tuple[str, ...]  # columns
    column_options: list[Option]
    targets: list[Option]  # to filter by and to show
    views: list[tuple[str, str]]
    kept: list[tuple[str, str]]  # what the URL says
    conclusions: list[tuple[str, str]]  # title and address, of the runs that match
    filters: Filters
    tags: list[str]  # in use
    rates: list[float]  # noise rates in use
    group_options: list[Option]
    states: list[Option]
    methods: list[Option]
    datasets: list[Option]
    presets: list[Any]
    pinned_href: str  # all pinned runs, where there are more than stand first here
    next_href: str
    first_href: str
    cursor: int
    deleted: list[tuple[int, str]]  # number and name of those that can still be restored
    live_insert: bool  # a new run goes on top: first page, newest first, nothing filtered


@dataclass(frozen=True)
class RunRows(Context):
    """Rows of the runs table, fetched when their runs change."""

    template = "_run_rows.html"
    runs: list[RunRow]
    columns: list[Column]


@dataclass(frozen=True)
class GroupRows(Context):
    """Groups of runs, fetched while runs change."""

    template = "_group_table.html"
    table: Any


@dataclass(frozen=True)
class QueueState(Context):
    """The top bar's queue state and the banner, fetched when a run changes its state."""

    template = "_queue.html"
