"""`/`: the runs table. Its filters, order, columns, groups and place are the URL."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

from fastapi.responses import Response
from sqlalchemy.orm import Session

from backend.api.groups import METRICS
from backend.api.params import Config, Db, RunFilter, Text, split
from backend.core.actor import actor
from backend.core.run_actions import possible
from backend.core.run_states import RunState
from backend.pages.runs.columns import Column
from backend.pages.runs.filters import (
    Filters,
    column_options,
    filters,
    group_options,
    named_targets,
    targets,
    views,
)
from backend.pages.runs.layout import (
    Layout,
    RunLayout,
    conclusions,
    export_address,
    heads,
    href,
    parameters,
    telling_fields,
    usual_order,
)
from backend.pages.shared.context import Context, Head, Option
from backend.pages.shared.group_table import GroupTable, group_table
from backend.pages.shared.render import page, queue_of
from backend.schemas.runs import RunRow
from backend.schemas.saved_views import SavedView
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import events, owners, runs, saved_views
from backend.store.listing import RunQuery
from backend.store.requests import UNDO
from backend.store.run_numbers import natural
from ols.spec.catalogue import DATASETS, METHODS
from ols.spec.preset import Preset
from ols.spec.presets import STARTERS

router = Router()

MOST_PINNED = 100  # that stand first
MOST_ROWS = 500  # in one fragment
MOST_CHOSEN = 20_000  # at once: a browser must hold them, and an action takes 500 in one question


@dataclass(frozen=True)
class RunsPage(Context):
    """`/`"""

    template = "runs/page.html"
    runs: list[RunRow]
    total: int  # that match
    table: GroupTable | None  # of backend.pages.shared.group_table, when runs are grouped
    heads: list[Head]
    columns: list[Column]
    shown_columns: str  # their names, where they are not the listed ones
    column_options: list[Option]
    targets: tuple[Option, ...]  # to show
    names: tuple[Option, ...]  # the same, as a condition may call them
    saved_views: list[SavedView]
    views: list[tuple[str, str]]
    kept: list[tuple[str, str]]  # what the URL says
    conclusions: list[tuple[str, str]]  # title and address, of the runs that match
    export: str  # the address of the file of all of them
    filters: Filters
    tags: list[str]  # in use
    rates: list[float]  # noise rates in use
    group_options: list[Option]
    states: list[Option]
    methods: list[Option]
    datasets: list[Option]
    owners: list[Option]
    presets: list[Preset]
    pinned_href: str  # all pinned runs, where there are more than stand first here
    next_href: str
    first_href: str
    cursor: int
    deleted: list[tuple[int, str]]  # number and name of those that can still be restored
    live_insert: bool  # a new run goes on top: first page, newest first, nothing filtered


@dataclass(frozen=True)
class RunRows(Context):
    """Rows of the runs table, fetched when their runs change."""

    template = "runs/_rows.html"
    runs: list[RunRow]
    columns: list[Column]


@dataclass(frozen=True)
class GroupRows(Context):
    """Groups of runs, fetched while runs change."""

    template = "shared/_group_table.html"
    table: GroupTable


@router.get("/runs", include_in_schema=False)
@router.get("/")
def listing(database: Db, config: Config, query: RunFilter, layout: RunLayout) -> Response:
    """A page of runs, or of groups of runs."""
    table, following, more_pinned = None, None, False
    shown_runs: list[RunRow] = []
    with database.read() as session:
        cursor = events.last_id(session)
        if layout.group:
            table = _groups(session, query, layout)
        else:
            shown_runs, following, more_pinned = _rows(session, query)
            if not layout.columns:
                layout = replace(layout, telling=telling_fields(shown_runs))
        queue = queue_of(session, config)
        deleted = runs.deleted(session, datetime.now(UTC) - UNDO)
        total = runs.count(session, query)
        saved = saved_views.listing(session)
        everybody = owners.all_owners(session) if actor() else []
        tags, rates = runs.all_tags(session), runs.noise_rates(session)
    shown = filters(query, layout)
    here = parameters(query, layout)
    return page(
        RunsPage(
            queue=queue,
            runs=shown_runs,
            total=total,
            table=table,
            heads=heads(query, layout),
            columns=layout.shown,
            shown_columns=",".join(layout.columns or (layout.telling and layout.names)),
            column_options=column_options(layout),
            targets=targets(),
            names=named_targets(),
            saved_views=saved,
            views=[(title, url(f"/?{rest}" if rest else "/")) for title, rest in views()],
            filters=shown,
            tags=tags,
            rates=rates,
            group_options=group_options(),
            states=[Option(state, state) for state in RunState],
            methods=[Option(entry.name, entry.title) for entry in METHODS],
            datasets=[Option(entry.name, entry.title) for entry in DATASETS],
            owners=[Option(name, name) for name in everybody],
            presets=list(STARTERS),
            kept=here,
            pinned_href=href(parameters(query, layout, pinned="true")) if more_pinned else "",
            conclusions=conclusions(query, layout),
            export=export_address(query),
            next_href=href([*here, ("cursor", following)]) if following else "",
            first_href=href(here) if query.cursor else "",
            cursor=cursor,
            deleted=deleted,
            live_insert=not shown.active and usual_order(query),
        )
    )


@router.get("/fragments/runs")
def rows(database: Db, layout: RunLayout, query: RunFilter, ids: Text = "") -> Response:
    """Rows of the table, by the runs' numbers; those that are not there are left out."""
    numbers = [number for number in map(natural, split(ids)) if number is not None]
    with database.read() as session:
        changed_runs = runs.rows(session, numbers[:MOST_ROWS])
    return page(RunRows(queue=None, runs=changed_runs, columns=layout.shown))


@router.get("/fragments/groups")
def groups(database: Db, query: RunFilter, layout: RunLayout) -> Response:
    """The groups, fetched while runs change."""
    with database.read() as session:
        return page(GroupRows(queue=None, table=_groups(session, query, layout)))


def _rows(session: Session, query: RunQuery) -> tuple[list[RunRow], str | None, bool]:
    """A page of runs, the next one's cursor, and whether there are more pinned runs than stand
    first. Pinned runs stand on the first page, whatever the order, and on no other one."""
    if query.pinned is not None:
        pinned, following = runs.listing(session, query)
        return pinned, following, False
    others, following = runs.listing(session, replace(query, pinned=False))
    if query.cursor:
        return others, following, False
    first, more = runs.listing(session, replace(query, pinned=True, limit=MOST_PINNED))
    return first + others, following, more is not None


def _groups(session: Session, query: RunQuery, layout: Layout) -> GroupTable:
    return group_table(
        session,
        query,
        layout.group,
        layout.metrics or split(METRICS),
        base=url("/"),
        keep=parameters(query, layout, sort=""),
        runs_base=parameters(query, layout, group="", sort=""),
    )


@router.get("/fragments/matching")
def matching(database: Db, query: RunFilter) -> Json:
    """The runs that match, to be chosen: `runs` are [number, index into `can`], the newest first;
    `more` is true where further ones match than can be chosen at once."""
    with database.read() as session:
        matching_runs = runs.matching(session, query, MOST_CHOSEN + 1)
    kinds: dict[tuple[str, ...], int] = {}
    selectable = [
        [run["id"], kinds.setdefault(tuple(possible(run)), len(kinds))]
        for run in matching_runs[:MOST_CHOSEN]
    ]
    can = [list(kind) for kind in kinds]
    return Json({"runs": selectable, "can": can, "more": len(matching_runs) > MOST_CHOSEN})
