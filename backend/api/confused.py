"""Validation images of one class that were taken for another."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from backend.api.caching import cached_picture
from backend.api.media import ETAG, NOT_MODIFIED, Responses, media
from backend.api.numbers import LARGEST_CLASS, ImageNumber, RunId, UpToEpoch
from backend.api.params import Db
from backend.schemas.images import ConfusedImages
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import class_facts, confused, samples

router = Router(prefix="/api/runs/{run_id}/confused", tags=["observatory"])

_PICTURE: Responses = {**media("image/webp", headers=ETAG), **NOT_MODIFIED}

OneClass = Annotated[
    int | None,
    Query(alias="class", ge=0, le=LARGEST_CLASS, description="Of this true class alone."),
]


@router.get("")
def listing(
    run_id: RunId,
    database: Db,
    epoch: UpToEpoch = None,
    row: OneClass = None,
    limit: Annotated[int, Query(ge=1, le=2000, description="Pairs at most.")] = 200,
) -> Json[ConfusedImages]:
    """Images that the network took for another class, in `epoch` or before."""
    with database.read() as session:
        try:
            about = samples.facts(session, run_id, class_facts.get(session, run_id))
        except samples.NoSamples:
            return Json({"epoch": None, "part": None, "size": 0, "url": "", "pairs": []})
        pairs = confused.pairs(session, run_id, about, epoch=epoch, row=row, limit=limit)
    address = url(f"/api/runs/{run_id}/confused/{{number}}?v={about.version}")
    return Json({**pairs, "size": about.size, "url": address})


@router.get("/{number}", response_class=Response, responses=_PICTURE)
def picture(
    request: Request,
    run_id: RunId,
    number: ImageNumber,
    database: Db,
    v: Annotated[str, Query(description="The version: cached for ever.")] = "",
) -> Response:
    """One validation image as a tile (WebP)."""
    with database.read() as session:
        about = samples.facts(session, run_id, class_facts.get(session, run_id))
        data = confused.picture(session, run_id, about, number)
    etag = f'"{about.version}-image-{number}"'
    return cached_picture(request, etag, lambda: data, for_ever=v == about.version)
