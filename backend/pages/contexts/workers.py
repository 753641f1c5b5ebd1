"""What the templates of the workers page may use."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from backend.pages.contexts.base import Context


@dataclass(frozen=True)
class WorkersPage(Context):
    """`/workers`"""

    template = "workers/page.html"
    workers: list[Any]


@dataclass(frozen=True)
class WorkerCards(Context):
    """The cards of the workers page, fetched every few seconds."""

    template = "workers/_cards.html"
    workers: list[Any]
