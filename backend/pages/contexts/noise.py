"""What the noise page's template may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.pages.contexts.base import Context, Option


@dataclass(frozen=True)
class NoisePage(Context):
    """`/noise`"""

    template = "noise/page.html"
    choice: Any  # of backend.pages.choice
    runs: int
    report: dict[str, Any]  # of backend.analysis.tables.noise
    dataset: str
    others: list[tuple[str, int, str]]  # datasets that are not shown: title, runs, address
    figures: dict[str, Any]
    baselines: list[Option]
    address: str
    table: str
    most_curves: int
