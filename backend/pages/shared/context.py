"""What every template may use, and what several pages' contexts are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class Queue:
    """What the top bar says, and the banner below it when the queue stands still."""

    running: int
    queued: int
    workers: int  # online
    accepting: int  # of them, those that are not drained
    largest: int  # devices of the largest one
    too_large: int  # queued runs that need more than that
    command: str  # starts a worker
    jobs: int = 0  # of Slurm's that wait, while no worker is online


@dataclass(frozen=True)
class Context:
    """Everything a template sees; `queue` is None when the database is down."""

    template: ClassVar[str]
    queue: Queue | None


@dataclass(frozen=True)
class ErrorPage(Context):
    """Any error that a browser meets."""

    template = "error.html"
    status: int
    title: str
    message: str


@dataclass(frozen=True)
class Option:
    """One choice of a select, listed under `group` where it has one."""

    value: str
    title: str
    group: str = ""


@dataclass(frozen=True)
class Head:
    """The head of a table's column: its link sorts, `order` is ascending or descending."""

    name: str
    title: str
    href: str
    order: str
    css: str
    help: str = ""


@dataclass(frozen=True)
class Cell:
    """A number in the comparison, and whether it is the best of its column."""

    text: str
    best: bool = False
    note: str = ""
