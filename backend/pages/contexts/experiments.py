"""What the templates of experiments may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.pages.contexts.base import Context
from backend.pages.contexts.notes import Notes


@dataclass(frozen=True)
class ExperimentsPage(Context):
    """`/experiments`"""

    template = "experiments/page.html"
    experiments: list[dict[str, Any]]
    q: str
    archived: bool
    ablations: list[Any]
    cursor: int


@dataclass(frozen=True)
class ExperimentRows(Context):
    """The list of experiments, fetched when runs change."""

    template = "experiments/_rows.html"
    experiments: list[dict[str, Any]]


@dataclass(frozen=True)
class ExperimentPage(Context):
    """`/experiments/{id}`"""

    template = "experiment/page.html"
    experiment: dict[str, Any]
    notes: Notes
    left: float | None  # seconds
    table: Any  # of backend.pages.grouping
    compare: str
    compared: int
    cursor: int


@dataclass(frozen=True)
class ExperimentHead(Context):
    """An experiment's name and actions, fetched after one of them."""

    template = "experiment/_head.html"
    experiment: dict[str, Any]


@dataclass(frozen=True)
class ExperimentResults(Context):
    """An experiment's progress and groups, fetched while its runs change."""

    template = "experiment/_results.html"
    experiment: dict[str, Any]
    left: float | None
    table: Any
    compare: str
    compared: int
