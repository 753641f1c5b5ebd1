"""`/api/find`: runs, experiments, classes, methods and pages under a word, for Ctrl+K."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from fastapi import Query
from sqlalchemy.orm import Session

from backend.api.params import Db, Text
from backend.core.places import AT_THE_FOOT, PLACES
from backend.schemas.find import Finding, Findings
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import class_facts, experiments, runs
from backend.store.errors import NotFound
from backend.store.folding import fold
from backend.store.listing import RunQuery
from backend.store.run_numbers import LARGEST_RUN
from ols.spec.catalogue import METHODS

router = Router(tags=["system"])

MOST = 6  # of a kind


@router.get("/api/find")
def find(
    database: Db,
    q: Annotated[Text, Query(description="Part of a name, or a run's number.")] = "",
    run: Annotated[
        int | None, Query(ge=1, le=LARGEST_RUN, description="Whose classes are looked for.")
    ] = None,
) -> Json[Findings]:
    """Where one may go; without a word the newest runs and the pages."""
    word = fold(q.strip())
    with database.read() as session:
        results = [
            *(_classes(session, run, word) if run and word else ()),
            *_runs(session, q),
            *(_experiments(session, q) if word else ()),
            *(_methods(word) if word else ()),
            *_pages(word),
        ]
    return Json({"results": results})


def _runs(session: Session, q: str) -> Iterator[Finding]:
    listed, _ = runs.listing(session, RunQuery(q=q.strip(), archived=None, limit=MOST))
    for run in listed:
        detail = f"#{run['id']} {run['state']}"
        yield {
            "kind": "run",
            "title": run["name"],
            "detail": detail,
            "href": url(f"/runs/{run['id']}"),
        }


def _experiments(session: Session, q: str) -> Iterator[Finding]:
    for each in experiments.listing(session, q=q, limit=MOST):
        detail = f"#{each['id']}, {each['runs']} runs"
        href = url(f"/experiments/{each['id']}")
        yield {"kind": "experiment", "title": each["name"], "detail": detail, "href": href}


def _classes(session: Session, run: int, word: str) -> Iterator[Finding]:
    """Of the run whose page is open; an exact name first."""
    try:
        names = class_facts.get(session, run).classes or ()
    except NotFound:
        return
    places = [place for place, name in enumerate(names) if word in fold(name)]
    places.sort(key=lambda place: (fold(names[place]) != word, place))
    for place in places[:MOST]:
        href = url(f"/runs/{run}?class={place}&panel=class")
        yield {"kind": "class", "title": names[place], "detail": f"of run #{run}", "href": href}


def _methods(word: str) -> Iterator[Finding]:
    matching = [each for each in METHODS if word in fold(f"{each.title} {each.name}")]
    for each in matching[:MOST]:
        href = url(f"/methods/{each.name}")
        yield {"kind": "method", "title": each.title, "detail": each.name, "href": href}


def _pages(word: str) -> Iterator[Finding]:
    for place in (*PLACES, *AT_THE_FOOT):
        if word in fold(f"{place.title} {place.help}"):
            href = url(place.href)
            yield {"kind": "page", "title": place.title, "detail": place.help, "href": href}
