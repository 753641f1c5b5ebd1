"""One class over the epochs, and the pairs of classes that are taken for each other."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request

from backend.api.caching import cached_json, digest
from backend.api.media import CACHED
from backend.api.numbers import ClassNumber, RunId, UpToEpoch
from backend.api.params import Db, Kind
from backend.schemas.matrices import ClassDetail, ClassPair
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import class_facts, matrices, observatory

router = Router(prefix="/api/runs/{run_id}", tags=["observatory"])


@router.get("/classes/{row}", responses=CACHED)
def class_detail(
    request: Request,
    run_id: RunId,
    row: ClassNumber,
    database: Db,
    epoch: UpToEpoch = None,
    top: Annotated[int, Query(ge=1, le=100, description="Partners at most.")] = 8,
) -> Json[ClassDetail]:
    """One class over the epochs, and its strongest partners in the soft label of `epoch`."""
    with database.read() as session:
        facts = class_facts.get(session, run_id)
        stored = matrices.versions(session, run_id, "soft_labels")

    def make() -> ClassDetail:
        with database.read() as session:
            return observatory.class_detail(session, run_id, row, epoch, top)

    versions = [(item.epoch, item.version) for item in stored]
    return cached_json(request, digest("class 1", row, epoch, top, versions, facts), make)


@router.get("/pairs", responses=CACHED)
def pairs(
    request: Request,
    run_id: RunId,
    database: Db,
    kind: Kind = "soft_labels",
    epoch: UpToEpoch = None,
    symmetric: Annotated[bool, Query(description="Each pair once, by the mean of both.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Json[list[ClassPair]]:
    """The strongest pairs, largest first."""
    with database.read() as session:
        facts = class_facts.get(session, run_id)
        stored = matrices.versions(session, run_id, kind)

    def make() -> list[ClassPair]:
        with database.read() as session:
            return observatory.pairs(session, run_id, kind, epoch, symmetric=symmetric, limit=limit)

    versions = [(item.epoch, item.version) for item in stored]
    name = digest("pairs 1", kind, epoch, symmetric, limit, versions, facts.classes)
    return cached_json(request, name, make)
