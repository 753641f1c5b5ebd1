"""What the templates of a run's page may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.pages.contexts.base import Context, Run
from backend.pages.contexts.notes import Notes


@dataclass(frozen=True)
class Pair:
    """A strong entry off the diagonal."""

    row: int
    column: int
    value: float


@dataclass(frozen=True)
class SpecRow:
    """One field of a spec; `was` is the preset's value where the run changed it, else empty."""

    path: str
    title: str
    value: str
    was: str


@dataclass(frozen=True)
class RunPage(Context):
    """`/runs/{id}`"""

    template = "run/page.html"
    run: Run
    silence: str  # of its worker, in words
    final: list[Any]  # of backend.pages.final_test
    cursor: int
    figures: dict[str, Any]
    player: dict[str, Any]
    first_frame: str  # the address of the first one that the heatmap will ask for, if it is known
    pairs: list[Pair]
    panels: dict[str, Any]  # of backend.pages.panels
    warnings: list[dict[str, Any]]
    spec_rows: list[SpecRow]
    notes: Notes
    preset: Any  # the ols.spec.preset.Preset that the run came from, or None
    attempts: list[dict[str, Any]]


@dataclass(frozen=True)
class RunHead(Context):
    """The run page's head, fetched when the run changes."""

    template = "run/_head.html"
    run: Run
    silence: str
    final: list[Any]


@dataclass(frozen=True)
class MatrixTable(Context):
    """A matrix as a table, fetched when somebody opens it."""

    template = "run/_matrix_table.html"
    title: str
    epoch: int
    axes: tuple[str, str]  # what a row is, what a column is
    names: tuple[str, ...]
    rows: list[list[str]]  # none where there are too many classes
    csv: str


@dataclass(frozen=True)
class Attempts(Context):
    """Who held the run and how that ended, fetched when its state changes."""

    template = "run/_attempts.html"
    attempts: list[dict[str, Any]]
