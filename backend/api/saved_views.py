"""Views of the runs table that somebody named, for all users of the lab."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Response
from pydantic import AfterValidator, StringConstraints

from backend.api.bodies import JsonBody
from backend.api.numbers import ViewId
from backend.api.params import Db, Name
from backend.schemas.saved_views import SavedView, SavedViewList
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import saved_views

router = Router(prefix="/api/views", tags=["runs"])

_PARAMETERS = {
    *("q", "state", "method", "dataset", "owner", "tag", "experiment", "where", "archived"),
    *("pinned", "columns", "group", "sort", "limit"),
}


def _known(query: str) -> str:
    unknown = {name for name, _ in parse_qsl(query)} - _PARAMETERS
    if unknown:
        raise ValueError(f"the runs page has no {min(unknown)[:40]!r}: a view keeps its filters")
    return query


class NewView(JsonBody):
    """A name, and what the runs page's address says behind the question mark."""

    name: Name
    query: Annotated[
        str,
        StringConstraints(max_length=4000, pattern=r"^[!#-;=?-~]*$"),  # as a browser encodes it
        AfterValidator(_known),
    ]


@router.get("")
def listing(database: Db) -> Json[SavedViewList]:
    """All of them, by name."""
    with database.read() as session:
        return Json({"views": saved_views.listing(session)})


@router.post("", status_code=201)
def save(body: NewView, database: Db) -> Json[SavedView]:
    """Saves a view; one of the same name gets the new address."""
    with database.write() as session:
        saved = saved_views.save(session, body.name, body.query)
    return Json(saved, 201)


@router.delete("/{view_id}", status_code=204)
def remove(view_id: ViewId, database: Db) -> Response:
    """Removes a view, for everybody."""
    with database.write() as session:
        saved_views.remove(session, view_id)
    return Response(status_code=204)
