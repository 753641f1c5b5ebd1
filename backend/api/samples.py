"""Sample images of a run's classes."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query, Request, Response

from backend.api.caching import cached_picture
from backend.api.media import ETAG, NOT_MODIFIED, Responses, media
from backend.api.numbers import ClassNumber, RunId
from backend.api.params import Db
from backend.schemas.images import SampleImages
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import class_facts, samples
from backend.store.image_strips import PNG, WEBP, media_type_of

router = Router(prefix="/api/runs/{run_id}/samples", tags=["observatory"])

_PICTURE: Responses = {**media(WEBP, PNG, headers=ETAG), **NOT_MODIFIED}


@router.get("")
def about(run_id: RunId, database: Db) -> Json[SampleImages]:
    """Which sample images there are; 404 until a worker has rendered them."""
    with database.read() as session:
        facts = samples.facts(session, run_id, class_facts.get(session, run_id))
    return Json(
        {
            "classes": facts.classes,
            "per_class": facts.per_class,
            "size": facts.size,
            "version": facts.version,
            "url": url(f"/api/runs/{run_id}/samples/{{class}}?v={facts.version}"),
        }
    )


@router.get("/{row}", response_class=Response, responses=_PICTURE)
def picture(
    request: Request,
    run_id: RunId,
    row: ClassNumber,
    database: Db,
    v: Annotated[str, Query(description="The version: cached for ever.")] = "",
) -> Response:
    """The class's own training images, `per_class` tiles side by side: WebP, of a logged run also
    PNG."""
    with database.read() as session:
        facts = samples.facts(session, run_id, class_facts.get(session, run_id))
        return cached_picture(
            request,
            f'"{facts.version}-{row}"',
            lambda: samples.picture(session, facts, row),
            for_ever=v == facts.version,
            media_type=media_type_of,
        )
