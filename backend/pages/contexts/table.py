"""What the results table's template may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.pages.contexts.base import Context, Option


@dataclass(frozen=True)
class TablePage(Context):
    """`/table`"""

    template = "table/page.html"
    choice: Any  # of backend.pages.choice
    asked: Any  # backend.api.tables.TableQuery
    runs: int
    cut: bool  # there are more than a table takes
    views: list[Any]  # of backend.pages.table; the metric asked for, and what stands beside it
    fields: list[Option]
    axes: list[tuple[str, str, list[str]]]  # parameter, title, a path for each select
    metrics: list[Option]
    which: list[Option]
    baselines: list[Option]
    baseline: str
    address: str
    noise: str
    exports: list[tuple[str, str, str]]  # format, title, text
