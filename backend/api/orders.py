"""Orders of a matrix's classes."""

from __future__ import annotations

from fastapi import Request

from backend.api.caching import cached_json, digest
from backend.api.media import CACHED
from backend.api.numbers import RunId, UpToEpoch
from backend.api.params import Db, Kind
from backend.matrix.class_orders import accuracies_of, blocks, orders, row_shares
from backend.matrix.clustering import clustered
from backend.schemas.matrices import ClassOrders
from backend.server.answers import Json
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store import class_facts, matrices

router = Router(prefix="/api/runs/{run_id}", tags=["observatory"])


@router.get("/orders", dependencies=[LARGE], responses=CACHED)
def class_orders(
    request: Request,
    run_id: RunId,
    database: Db,
    kind: Kind = "soft_labels",
    epoch: UpToEpoch = None,
) -> Json[ClassOrders]:
    """In which order the classes can stand: lists of class indices, first at the top."""
    with database.read() as session:
        named = class_facts.get(session, run_id)
        newest = matrices.newest(session, run_id, kind, epoch)
        hits = matrices.version(session, run_id, "confusion", newest.epoch)

    def make() -> ClassOrders:
        with database.read() as session:
            matrix = matrices.frame(session, run_id, kind, newest.epoch)
            confusion = matrices.frame(session, run_id, "confusion", newest.epoch) if hits else None
        values = row_shares(matrix.finite())
        accuracies = accuracies_of(confusion.finite()) if confusion else None
        names, superclasses = named.names(len(values)), named.superclasses
        clustering = clustered(values, matrix.version)
        return {
            "kind": kind,
            "epoch": newest.epoch,
            "orders": orders(values, names, superclasses, accuracies, clustering),
            "superclasses": superclasses,
            "blocks": blocks(superclasses),
            "linkage": clustering.linkage,
        }

    return cached_json(request, digest("orders 1", kind, newest, hits, named.classes), make)
