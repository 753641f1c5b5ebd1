"""`/experiments`: sweeps and how far they are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi.responses import Response

from backend.api.params import Config, Db, Text
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.schemas.experiments import ExperimentDetail
from backend.server.late_routes import Router
from backend.store import events, experiments
from ols.spec.ablations import ABLATIONS

router = Router()


@dataclass(frozen=True)
class ExperimentsPage(Context):
    """`/experiments`"""

    template = "experiments/page.html"
    experiments: list[ExperimentDetail]
    q: str
    archived: bool
    ablations: list[Any]
    cursor: int


@dataclass(frozen=True)
class ExperimentRows(Context):
    """The list of experiments, fetched when runs change."""

    template = "experiments/_rows.html"
    experiments: list[ExperimentDetail]


@router.get("/experiments")
def listing(database: Db, config: Config, q: Text = "", archived: bool = False) -> Response:
    """All experiments, pinned ones first."""
    with database.read() as session:
        cursor = events.last_id(session)
        queue = queue_of(session, config)
        matching = experiments.listing(session, archived=archived, q=q)
    ablations = list(ABLATIONS)
    return page(
        ExperimentsPage(
            queue=queue,
            experiments=matching,
            q=q,
            archived=archived,
            ablations=ablations,
            cursor=cursor,
        )
    )


@router.get("/fragments/experiments")
def rows(database: Db, q: Text = "", archived: bool = False) -> Response:
    """The list, fetched when runs change."""
    with database.read() as session:
        matching = experiments.listing(session, archived=archived, q=q)
    return page(ExperimentRows(queue=None, experiments=matching))
