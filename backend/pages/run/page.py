"""`/runs/{id}`: one run."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from fastapi import Request
from fastapi.responses import Response
from sqlalchemy.orm import Session

from backend.analysis.figures.curves import accuracy_figure, loss_figure
from backend.analysis.figures.logged_curves import Chart, gapless, logged_charts
from backend.analysis.formats import plain
from backend.analysis.run_verdict import verdict_of
from backend.api.numbers import RunId
from backend.api.params import Config, Db, Text
from backend.core.actor import actor
from backend.pages.run.facts import Fact, brief, final_test, kept
from backend.pages.run.pairs import Pair, strongest_pairs
from backend.pages.run.panels import panels
from backend.pages.run.stale_worker import stale_worker
from backend.pages.shared.context import Context
from backend.pages.shared.notes import Notes, notes_of
from backend.pages.shared.origin_words import commit_words
from backend.pages.shared.player import KINDS, first_answers, player_data, player_run, run_kinds
from backend.pages.shared.render import page, queue_of
from backend.pages.shared.spec_schema import field_titles
from backend.schemas.metrics import EpochWarning, Series
from backend.schemas.origins import Origin
from backend.schemas.people import RunChange
from backend.schemas.runs import AttemptRow, RunDetail, RunRow
from backend.schemas.verdict import RunVerdict
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import (
    attempts,
    class_facts,
    events,
    experiments,
    matrices,
    metrics,
    origins,
    precisions,
    runs,
    samples,
    trail,
)
from backend.store.errors import NotFound
from backend.store.listing import RunQuery
from backend.store.requests import UNDO
from backend.store.run_numbers import natural
from backend.store.spec_paths import leaves
from ols.spec.metric import CURVES
from ols.spec.metrics import shown
from ols.spec.presets import find_preset

router = Router()

MOST_OTHERS = 10  # runs offered for a comparison
CURVE_POINTS = 1000  # of a curve: more than its chart has pixels
CHARTED = [one.name for chart in CURVES for one in shown(chart)]


@dataclass(frozen=True)
class SpecRow:
    """One field of a spec; `was` is the preset's value where the run changed it, else empty.

    `became` is what `auto` turned out to be, once that is known.
    """

    path: str
    title: str
    value: str
    was: str
    became: str = ""


@dataclass(frozen=True)
class RunPage(Context):
    """`/runs/{id}`"""

    template = "run/page.html"
    run: RunDetail
    stale: str  # that its worker has stopped responding, in words
    facts: list[Fact]
    final: list[Fact]
    verdict: RunVerdict
    kept: str  # what there is of a run that was cut short
    experiment: str  # its name, empty where the run belongs to none
    others: list[RunRow]  # what one may want to compare it with
    cursor: int
    charts: list[Chart]
    player: dict[str, Any]
    first_answers: list[str]  # addresses that the heatmap will ask for first, where they are known
    pairs: list[Pair]
    panels: dict[str, Any]  # of backend.pages.run.panels
    there: set[str]  # which of them the page has
    warnings: list[EpochWarning]
    spec_rows: list[SpecRow]
    notes: Notes
    preset: Any  # the ols.spec.preset.Preset that the run came from, or None
    attempts: list[AttemptRow]
    changes: list[RunChange]
    origins: list[Origin]
    commits: list[str]  # of each origin, in words


@dataclass(frozen=True)
class RunHead(Context):
    """The run page's head, fetched when the run changes."""

    template = "run/_head.html"
    run: RunDetail
    stale: str
    facts: list[Fact]
    final: list[Fact]


@dataclass(frozen=True)
class Verdict(Context):
    """What the run's numbers say, fetched while they change."""

    template = "run/_verdict.html"
    run: RunDetail
    verdict: RunVerdict
    kept: str
    there: set[str]


@dataclass(frozen=True)
class Charts(Context):
    """The page's curves, fetched while a loop logs what an epoch's event does not hold."""

    template = "run/_charts.html"
    charts: list[Chart]


@dataclass(frozen=True)
class Attempts(Context):
    """Who held the run and how that ended, fetched when its state changes."""

    template = "run/_attempts.html"
    attempts: list[AttemptRow]


@dataclass(frozen=True)
class Changes(Context):
    """Who changed what of the run, fetched when it changes."""

    template = "run/_changes.html"
    changes: list[RunChange]


@dataclass(frozen=True)
class DeletedRun(Context):
    """`/runs/{id}` of a run that can still be restored."""

    template = "run/deleted.html"
    run_id: int
    name: str


@router.get("/runs/{run_id}")
def run_page(
    request: Request, run_id: RunId, database: Db, config: Config, kind: Text = "", epoch: Text = ""
) -> Response:
    """The page; `kind`, `epoch`, `class`, `scale` and `diagonal` say what the heatmap shows."""
    with database.read() as session:
        cursor = events.last_id(session)
        try:
            run = runs.get(session, run_id)
        except NotFound:
            name = runs.deleted_name(session, run_id, datetime.now(UTC) - UNDO)
            if name is None:
                raise
            queue = queue_of(session, config)
            return page(DeletedRun(queue=queue, run_id=run_id, name=name), 404)
        shown = player_run(session, run)
        kinds = run_kinds(run, shown["matrices"])
        kind = kind if kind in kinds else next(iter(kinds))
        player = player_data([shown], kind, kinds)
        whence = origins.listing(session, run_id)
        context = RunPage(
            queue=queue_of(session, config),
            run=run,
            stale=stale_worker(run, config.lease_seconds),
            facts=brief(run),
            final=final_test(run),
            verdict=verdict_of(session, run),
            kept=kept(run),
            experiment=_experiment(session, run),
            others=_others(session, run),
            cursor=cursor,
            charts=_charts(session, run),
            player=player,
            first_answers=first_answers(player, request.query_params),
            pairs=strongest_pairs(session, run_id, kind, natural(epoch)),
            panels=panels(run),
            there=_there(run, [item["kind"] for item in shown["matrices"]]),
            warnings=metrics.warnings(session, run_id),
            spec_rows=spec_rows(run),
            notes=notes_of("runs", run),
            preset=find_preset(run["spec"].get("preset")) if run["spec"] else None,
            attempts=attempts.listing(session, run_id),
            changes=trail.listing(session, run_id) if actor() else [],
            origins=whence,
            commits=[commit_words(each["git"]) for each in whence],
        )
    return page(context)


@router.get("/fragments/runs/{run_id}/head")
def head(run_id: RunId, database: Db, config: Config) -> Response:
    """The page's head: state, progress, results, actions."""
    with database.read() as session:
        run = runs.get(session, run_id)
    stale = stale_worker(run, config.lease_seconds)
    return page(RunHead(queue=None, run=run, stale=stale, facts=brief(run), final=final_test(run)))


@router.get("/fragments/runs/{run_id}/verdict")
def verdict_line(run_id: RunId, database: Db) -> Response:
    """What the run's numbers say, each phrase a link to the panel that shows it."""
    with database.read() as session:
        run = runs.get(session, run_id)
        said = verdict_of(session, run)
        there = _there(run, [item["kind"] for item in matrices.listing(session, run_id)])
    return page(Verdict(queue=None, run=run, verdict=said, kept=kept(run), there=there))


@router.get("/fragments/runs/{run_id}/charts")
def charts(run_id: RunId, database: Db) -> Response:
    """The page's curves as they are now."""
    with database.read() as session:
        return page(Charts(queue=None, charts=_charts(session, runs.get(session, run_id))))


@router.get("/fragments/runs/{run_id}/attempts")
def attempts_table(run_id: RunId, database: Db) -> Response:
    """Who held the run, and how that ended."""
    with database.read() as session:
        runs.require(session, run_id)
        return page(Attempts(queue=None, attempts=attempts.listing(session, run_id)))


@router.get("/fragments/runs/{run_id}/changes")
def changes_table(run_id: RunId, database: Db) -> Response:
    """Who changed what of the run."""
    with database.read() as session:
        runs.require(session, run_id)
        return page(Changes(queue=None, changes=trail.listing(session, run_id)))


@router.get("/fragments/runs/{run_id}/samples")
def sample_images(run_id: RunId, database: Db) -> Response:
    """What `/api/runs/{id}/samples` says; null until there are some: no error for a page."""
    with database.read() as session:
        named = class_facts.get(session, run_id)
        try:
            facts = samples.facts(session, run_id, named)
        except NotFound:
            return Json(None)
        if not samples.complete(session, facts):
            return Json(None)
    address = url(f"/api/runs/{run_id}/samples/{{class}}?v={facts.version}")
    return Json({"per_class": facts.per_class, "size": facts.size, "url": address})


def _experiment(session: Session, run: RunDetail) -> str:
    number = run["experiment_id"]
    return experiments.require(session, number).name if number else ""


def _others(session: Session, run: RunDetail) -> list[RunRow]:
    """The newest runs of its experiment, else of its data."""
    query = RunQuery(limit=MOST_OTHERS + 1)
    if run["experiment_id"]:
        query = replace(query, experiments=(run["experiment_id"],), archived=None)
    elif run["dataset"]:
        query = replace(query, datasets=(run["dataset"],))
    newest, _ = runs.listing(session, query)
    return [other for other in newest if other["id"] != run["id"]][:MOST_OTHERS]


def _recorded(series: Series) -> Series:
    """Without the metrics that the run does not have."""
    values = {
        name: column
        for name, column in series["values"].items()
        if any(value is not None for value in column)
    }
    return {"names": list(values), "epochs": series["epochs"], "values": values}


def _charts(session: Session, run: RunDetail) -> list[Chart]:
    """Two charts with as many points as they have pixels."""
    if run["spec"] is not None:
        series = _recorded(metrics.series(session, run["id"], names=CHARTED, most=CURVE_POINTS))
        parent = run["parent"] and metrics.series(
            session, run["parent"]["run"], names=CHARTED, most=CURVE_POINTS
        )
        return [
            Chart("accuracy", "Accuracy", accuracy_figure(run, series, parent), False, 0),
            Chart("loss", "Loss", loss_figure(run, series, parent), False, 0),
        ]
    series = metrics.series(session, run["id"], most=CURVE_POINTS)
    by_epoch = {name: gapless(series["epochs"], series["values"][name]) for name in series["names"]}
    return logged_charts(run, by_epoch, metrics.step_curves(session, run["id"], CURVE_POINTS))


def _there(run: RunDetail, kinds: list[str]) -> set[str]:
    """Which panels below the heatmap have something to show, now or later."""
    if run["spec"] is not None:
        return {"class", "pairs", "quality", "reliability", "trainer"}
    soft = {"class"} if "soft_labels" in kinds and run["classes"] else set()
    return soft | ({"pairs"} if KINDS.keys() & set(kinds) else set())


def spec_rows(run: RunDetail) -> list[SpecRow]:
    """Each field of a run, beside what its preset has."""
    titles = field_titles(run["spec"]) if run["spec"] else {}
    was = {change["path"]: plain(change["preset"]) for change in run["preset_changes"]}
    return [
        SpecRow(
            path,
            titles.get(path, ""),
            plain(value),
            was.get(path, ""),
            became=precisions.taken(run) if path == "precision" else "",
        )
        for path, value in leaves(run)
        if path not in ("version", "preset")
    ]
