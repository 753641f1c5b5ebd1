"""`/workers`: who works, on what, since when."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import Response

from backend.api.params import Config, Db
from backend.pages.contexts.workers import WorkerCards, WorkersPage
from backend.pages.render import page, queue_of
from backend.pages.worker_card import cards
from backend.store import workers

router = APIRouter()


@router.get("/workers")
def listing(database: Db, config: Config) -> Response:
    """All workers heard of within a day."""
    with database.read() as session:
        found, queue = workers.listing(session), queue_of(session, config)
    return page(WorkersPage(queue=queue, workers=cards(found)))


@router.get("/fragments/workers")
def fragment(database: Db, config: Config) -> Response:
    """The cards alone."""
    with database.read() as session:
        found, queue = workers.listing(session), queue_of(session, config)
    return page(WorkerCards(queue=queue, workers=cards(found)))
