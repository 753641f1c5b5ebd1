"""The top bar's queue state, which every page asks for now and then."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.responses import Response

from backend.api.params import Config, Db
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.server.late_routes import Router

router = Router()


@dataclass(frozen=True)
class QueueState(Context):
    """The top bar's queue state and the banner, fetched when a run changes its state."""

    template = "shared/_queue.html"


@router.get("/fragments/queue")
def queue_state(database: Db, config: Config) -> Response:
    """The top bar's queue state, and the banner."""
    with database.read() as session:
        return page(QueueState(queue=queue_of(session, config)))
