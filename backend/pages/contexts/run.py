"""What the templates of a run's page may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.pages.contexts.base import Context
from backend.pages.contexts.notes import Notes
from backend.schemas.metrics import EpochWarning
from backend.schemas.runs import AttemptRow, RunDetail


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

    template = "run.html"
    run: RunDetail
    silence: str  # of its worker, in words
    final: list[Any]  # of backend.pages.final_test
    cursor: int
    figures: dict[str, Any]
    player: dict[str, Any]
    first_frame: str  # the address of the first one that the heatmap will ask for, if it is known
    pairs: list[Pair]
    panels: dict[str, Any]  # of backend.pages.panels
    warnings: list[EpochWarning]
    spec_rows: list[SpecRow]
    notes: Notes
    preset: Any  # the ols.spec.preset.Preset that the run came from, or None
    attempts: list[AttemptRow]


@dataclass(frozen=True)
class RunHead(Context):
    """The run page's head, fetched when the run changes."""

    template = "_run_head.html"
    run: RunDetail
    silence: str
    final: list[Any]


@dataclass(frozen=True)
class MatrixTable(Context):
    """A matrix as a table, fetched when somebody opens it."""

    template = "_matrix_table.html"
    title: str
    epoch: int
    axes: tuple[str, str]  # what a row is, what a column is
    names: tuple[str, ...]
    rows: list[list[str]]  # none where there are too many classes
    csv: str


@dataclass(frozen=True)
class Attempts(Context):
    """Who held the run and how that ended, fetched when its state changes."""

    template = "_attempts.html"
    attempts: list[AttemptRow]
