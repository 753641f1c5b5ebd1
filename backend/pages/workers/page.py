"""`/workers`: who works, on what, since when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from backend.api.params import Config, Db
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.pages.workers.card import cards
from backend.schemas.workers import BatchJobRow
from backend.server.late_routes import Router
from backend.store import batch_jobs, workers

router = Router()


@dataclass(frozen=True)
class WorkersPage(Context):
    """`/workers`"""

    template = "workers/page.html"
    workers: list[Any]
    jobs: list[BatchJobRow]


@dataclass(frozen=True)
class WorkerCards(Context):
    """The cards of the workers page, fetched every few seconds."""

    template = "workers/_cards.html"
    workers: list[Any]
    jobs: list[BatchJobRow]


@router.get("/workers")
def listing(database: Db, config: Config) -> Response:
    """All workers that reported within a day, and the jobs that wait to become one."""
    with database.read() as session:
        reported, jobs = workers.listing(session), batch_jobs.listing(session)
        queue = queue_of(session, config)
    return page(WorkersPage(queue=queue, workers=cards(reported), jobs=jobs))


@router.get("/fragments/workers")
def fragment(database: Db, config: Config) -> Response:
    """The jobs and cards alone."""
    with database.read() as session:
        reported, jobs = workers.listing(session), batch_jobs.listing(session)
        queue = queue_of(session, config)
    return page(WorkerCards(queue=queue, workers=cards(reported), jobs=jobs))
