"""`/workers`: who works, on what, since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response

from backend.api.params import Config, Db
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.pages.workers.card import cards
from backend.store import workers

router = APIRouter()


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


@router.get("/workers")
def listing(database: Db, config: Config) -> Response:
    """All workers that reported within a day."""
    with database.read() as session:
        reported, queue = workers.listing(session), queue_of(session, config)
    return page(WorkersPage(queue=queue, workers=cards(reported)))


@router.get("/fragments/workers")
def fragment(database: Db, config: Config) -> Response:
    """The cards alone."""
    with database.read() as session:
        reported, queue = workers.listing(session), queue_of(session, config)
    return page(WorkerCards(queue=queue, workers=cards(reported)))
