"""One class over the epochs, and the pairs of classes that are taken for each other."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response

from backend.api.caching import cached_json, digest
from backend.api.params import ClassNumber, Db, Epoch, Kind, RunId
from backend.store import class_facts, matrices, observatory

router = APIRouter(prefix="/api/runs/{run_id}", tags=["observatory"])


@router.get("/classes/{row}")
def class_detail(
    request: Request,
    run_id: RunId,
    row: ClassNumber,
    database: Db,
    epoch: Epoch = None,
    top: Annotated[int, Query(ge=1, le=100, description="Partners at most.")] = 8,
) -> Response:
    """One class over the epochs, and its strongest partners in the soft label of `epoch`.

    Lists are as long as `epochs` (those whose matrix is kept). `accuracy` is null before epoch 1;
    `tail` the mass of all classes that are not listed; `first_rose` the epoch from which on the
    partner holds more than twice an even share of the row's rest, null if it does not now;
    `corrupted_share` that of the class's training labels that are wrong.
    """
    with database.read() as session:
        facts = class_facts.get(session, run_id)
        stored = matrices.versions(session, run_id, "soft_labels")

    def make() -> dict[str, Any]:
        with database.read() as session:
            return observatory.class_detail(session, run_id, row, epoch, top)

    versions = [(item.epoch, item.version) for item in stored]
    return cached_json(request, digest("class 1", row, epoch, top, versions, facts), make)


@router.get("/pairs")
def pairs(
    request: Request,
    run_id: RunId,
    database: Db,
    kind: Kind = "soft_labels",
    epoch: Epoch = None,
    symmetric: Annotated[bool, Query(description="Each pair once, by the mean of both.")] = False,
    limit: Annotated[int, Query(ge=1, le=200)] = 20,
) -> Response:
    """The strongest pairs, `[{"a", "b", "value", "reverse", "trend", "first_rose", ...}]`.

    Row a, column b; rows of counts as shares. `trend` is the slope per epoch over the last five
    points of `history`, which has `epochs` of its own: at most 60, 24 for more than 256 classes.
    """
    with database.read() as session:
        facts = class_facts.get(session, run_id)
        stored = matrices.versions(session, run_id, kind)

    def make() -> list[dict[str, Any]]:
        with database.read() as session:
            return observatory.pairs(session, run_id, kind, epoch, symmetric=symmetric, limit=limit)

    versions = [(item.epoch, item.version) for item in stored]
    name = digest("pairs 1", kind, epoch, symmetric, limit, versions, facts.classes)
    return cached_json(request, name, make)
