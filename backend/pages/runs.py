"""`/`: the runs table. Its filters, order, columns, groups and place are the URL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import Response
from sqlalchemy.orm import Session

from backend.api.groups import METRICS
from backend.api.params import Config, Db, RunFilter, Text, natural, split
from backend.core.run_actions import possible
from backend.core.run_states import RunState
from backend.pages.contexts.base import Option
from backend.pages.contexts.runs import GroupRows, QueueState, RunRows, RunsPage
from backend.pages.grouping import GroupTable, group_table
from backend.pages.render import page, queue_of
from backend.pages.runs_table import (
    VIEWS,
    RunShape,
    Shape,
    column_options,
    columns,
    conclusions,
    filters,
    group_options,
    href,
    pairs,
    targets,
    usual_order,
)
from backend.server.answers import Json
from backend.store import events, runs
from backend.store.listing import RunQuery
from backend.store.requests import UNDO
from ols.spec.catalogue import DATASETS, METHODS
from ols.spec.presets import STARTERS

router = APIRouter()

MOST_PINNED = 100  # that stand first
MOST_ROWS = 500  # in one fragment
MOST_CHOSEN = 20_000  # at once: a browser must hold them, and an action takes 500 in one question


@router.get("/")
def listing(database: Db, config: Config, query: RunFilter, shape: RunShape) -> Response:
    """A page of runs, or of groups of runs."""
    table, following, more_pinned = None, None, False
    found: list[dict[str, Any]] = []
    with database.read() as session:
        cursor = events.last_id(session)
        if shape.group:
            table = _groups(session, query, shape)
        else:
            found, following, more_pinned = _rows(session, query)
        queue = queue_of(session, config)
        deleted = runs.deleted(session, datetime.now(UTC) - UNDO)
        tags, rates = runs.all_tags(session), runs.noise_rates(session)
    shown = filters(query, shape)
    here = pairs(query, shape)
    return page(
        RunsPage(
            queue=queue,
            runs=found,
            table=table,
            columns=columns(query, shape),
            chosen=shape.shown,
            column_options=column_options(),
            targets=targets(),
            views=[(title, f"/?{rest}" if rest else "/") for title, rest in VIEWS],
            filters=shown,
            tags=tags,
            rates=rates,
            group_options=group_options(),
            states=[Option(state, state) for state in RunState],
            methods=[Option(entry.name, entry.title) for entry in METHODS],
            datasets=[Option(entry.name, entry.title) for entry in DATASETS],
            presets=list(STARTERS),
            kept=here,
            pinned_href=href(pairs(query, shape, pinned="true")) if more_pinned else "",
            conclusions=conclusions(query, shape),
            next_href=href([*here, ("cursor", following)]) if following else "",
            first_href=href(here) if query.cursor else "",
            cursor=cursor,
            deleted=deleted,
            live_insert=not shown.active and usual_order(query),
        )
    )


@router.get("/fragments/runs")
def rows(database: Db, shape: RunShape, query: RunFilter, ids: Text = "") -> Response:
    """Rows of the table, by the runs' numbers; those that are not there are left out."""
    numbers = [number for number in map(natural, split(ids)) if number is not None]
    with database.read() as session:
        found = runs.rows(session, numbers[:MOST_ROWS])
    return page(RunRows(queue=None, runs=found, columns=columns(query, shape)))


@router.get("/fragments/groups")
def groups(database: Db, query: RunFilter, shape: RunShape) -> Response:
    """The groups, fetched while runs change."""
    with database.read() as session:
        return page(GroupRows(queue=None, table=_groups(session, query, shape)))


def _rows(session: Session, query: RunQuery) -> tuple[list[dict[str, Any]], str | None, bool]:
    """A page of runs, the next one's cursor, and whether there are more pinned runs than stand
    first. Pinned runs stand on the first page, whatever the order, and on no other one."""
    if query.pinned is not None:
        return *runs.listing(session, query), False
    others, following = runs.listing(session, replace(query, pinned=False))
    if query.cursor:
        return others, following, False
    first, more = runs.listing(session, replace(query, pinned=True, limit=MOST_PINNED))
    return first + others, following, more is not None


def _groups(session: Session, query: RunQuery, shape: Shape) -> GroupTable:
    return group_table(
        session,
        query,
        shape.group,
        shape.metrics or split(METRICS),
        base="/",
        keep=pairs(query, shape, sort=""),
        runs_base=pairs(query, shape, group="", sort=""),
    )


@router.get("/fragments/matching")
def matching(database: Db, query: RunFilter) -> Json:
    """The runs that match, to be chosen: `runs` are [number, index into `can`], the newest first;
    `more` is true where further ones match than can be chosen at once."""
    with database.read() as session:
        found = runs.matching(session, query, MOST_CHOSEN + 1)
    kinds: dict[tuple[str, ...], int] = {}
    chosen = [
        [run["id"], kinds.setdefault(tuple(possible(run)), len(kinds))]
        for run in found[:MOST_CHOSEN]
    ]
    can = [list(kind) for kind in kinds]
    return Json({"runs": chosen, "can": can, "more": len(found) > MOST_CHOSEN})


@router.get("/fragments/queue")
def queue_state(database: Db, config: Config) -> Response:
    """The top bar's queue state, and the banner."""
    with database.read() as session:
        return page(QueueState(queue=queue_of(session, config)))
