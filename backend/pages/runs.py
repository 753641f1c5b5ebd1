"""`/`: the runs table. Its filters, order and place are the URL."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter
from fastapi.responses import Response

from backend.api.params import Config, Db, RunFilter, Text, natural, split
from backend.pages.contexts import Column, Filters, Option, QueueState, RunRows, RunsPage
from backend.pages.render import page, queue_of
from backend.store import events, runs
from backend.store.listing import RunQuery
from backend.store.requests import UNDO
from ols.catalogue import DATASETS, METHODS
from ols.presets import STARTERS

router = APIRouter()

MOST_ROWS = 500  # in one fragment
STATES = ("running", "queued", "paused", "finished", "failed", "cancelled")

# name of the sort (empty: not sortable), title, CSS class, explanation
COLUMNS = (
    ("state", "State", "c-state", ""),
    ("name", "Name", "c-name", ""),
    ("method", "Method", "c-method", ""),
    ("dataset", "Data", "c-data", "The dataset, and the split that val is measured on"),
    ("noise_rate", "Noise", "c-noise num", "Share of wrong training labels"),
    ("val_top1_best", "Best val", "c-best num", "Best val top-1 of all epochs"),
    ("val_top1_last", "Last val", "c-last num", "Val top-1 of the last epoch"),
    ("", "ECE", "c-ece num", "Val expected calibration error of the last epoch"),
    ("", "Val top-1", "c-spark", "Over the epochs, 0 to 100%"),
    ("created_at", "Created", "c-created", ""),
)
_DOWN_FIRST = ("val_top1_best", "val_top1_last", "created_at", "noise_rate")


@router.get("/")
def listing(database: Db, config: Config, query: RunFilter) -> Response:
    """A page of runs."""
    with database.read() as session:
        cursor = events.last_id(session)
        found, following = runs.listing(session, query)
        queue = queue_of(session, config)
        deleted = runs.deleted(session, datetime.now(UTC) - UNDO)
    filters = _filters(query)
    return page(
        RunsPage(
            queue=queue,
            runs=found,
            columns=[_column(query, *column) for column in COLUMNS],
            filters=filters,
            states=[Option(state, state) for state in STATES],
            methods=[Option(entry.name, entry.title) for entry in METHODS],
            datasets=[Option(entry.name, entry.title) for entry in DATASETS],
            presets=list(STARTERS),
            next_href=_href(query, cursor=following) if following else "",
            first_href=_href(query) if query.cursor else "",
            cursor=cursor,
            deleted=deleted,
            live_insert=not filters.active and not query.cursor and query.sort == "-id",
        )
    )


@router.get("/fragments/runs")
def rows(database: Db, ids: Text = "") -> Response:
    """Rows of the table, by the runs' numbers; those that are not there are left out."""
    numbers = [number for number in map(natural, split(ids)) if number is not None]
    with database.read() as session:
        found = runs.rows(session, numbers[:MOST_ROWS])
    return page(RunRows(queue=None, runs=found))


@router.get("/fragments/queue")
def queue_state(database: Db, config: Config) -> Response:
    """The top bar's queue state, and the banner."""
    with database.read() as session:
        return page(QueueState(queue=queue_of(session, config)))


def _filters(query: RunQuery) -> Filters:
    values: dict[str, Any] = {
        "state": ",".join(query.states),
        "method": ",".join(query.methods),
        "dataset": ",".join(query.datasets),
        "tag": ",".join(query.tags),
        "q": query.q,
        "archived": query.archived is True,
    }
    return Filters(**values, sort=query.sort, active=any(values.values()))


def _column(query: RunQuery, name: str, title: str, css: str, text: str) -> Column:
    if not name:
        return Column(name, title, "", "", css, text)
    current = query.sort.removeprefix("-") == name
    down = query.sort.startswith("-")
    order = ("descending" if down else "ascending") if current else ""
    flip = not down if current else name in _DOWN_FIRST
    return Column(name, title, _href(query, sort=("-" if flip else "") + name), order, css, text)


def _href(query: RunQuery, **changes: str | None) -> str:
    """This list's address with another order or place."""
    values = {
        "state": ",".join(query.states),
        "method": ",".join(query.methods),
        "dataset": ",".join(query.datasets),
        "tag": ",".join(query.tags),
        "q": query.q,
        "archived": "true" if query.archived else "",
        "sort": query.sort if query.sort != "-id" else "",
        "limit": str(query.limit) if query.limit != RunQuery.limit else "",
        **changes,
    }
    text = urlencode({key: value for key, value in values.items() if value})
    return f"/?{text}" if text else "/"
