"""`/experiments/{id}`: how far a sweep is, what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import Query
from fastapi.responses import Response
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from backend.analysis.comparison.outcome import Outcome, outcome
from backend.analysis.searches import SearchView, search_view
from backend.analysis.targets import targets
from backend.api.numbers import ExperimentId
from backend.api.params import Config, Db, Text
from backend.pages.shared.context import Context
from backend.pages.shared.group_table import GroupTable, group_table
from backend.pages.shared.notes import Notes, notes_of
from backend.pages.shared.render import page, queue_of
from backend.pages.shared.run_links import MOST_COMPARED
from backend.schemas.experiments import ExperimentDetail
from backend.server.addresses import url
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store import events, experiments, search_standing, workers
from backend.store.listing import RunQuery, sort_name
from backend.store.time_estimate import seconds_left
from ols.spec.fields import fields_by_path

router = Router()


def _sort_name(text: str) -> str:
    return sort_name(text) or ""


Sort = Annotated[Text, AfterValidator(_sort_name), Query(description="A field or a metric.")]


@dataclass(frozen=True)
class ExperimentPage(Context):
    """`/experiments/{id}`"""

    template = "experiment/page.html"
    experiment: ExperimentDetail
    notes: Notes
    left: float | None  # seconds
    table: Any  # of backend.pages.shared.group_table
    compare: str
    compared: int
    report: str
    outcome: Outcome | None
    search: SearchView | None
    minimise: bool
    proposers: int
    cursor: int


@dataclass(frozen=True)
class ExperimentSearch(Context):
    """How a search stands and its settings, fetched while its runs change."""

    template = "experiment/_search.html"
    experiment: ExperimentDetail
    search: SearchView | None
    minimise: bool
    proposers: int  # workers online that can propose settings


@dataclass(frozen=True)
class ExperimentHead(Context):
    """An experiment's name and actions, fetched after one of them."""

    template = "experiment/_head.html"
    experiment: ExperimentDetail


@dataclass(frozen=True)
class ExperimentResults(Context):
    """An experiment's progress and groups, fetched while its runs change."""

    template = "experiment/_results.html"
    experiment: ExperimentDetail
    left: float | None
    table: Any
    compare: str
    compared: int
    report: str


@dataclass(frozen=True)
class ExperimentOutcome(Context):
    """What came out, fetched now and then while its runs change."""

    template = "experiment/_outcome.html"
    outcome: Outcome | None
    compared: int
    experiment: ExperimentDetail


@router.get("/experiments/{experiment_id}", dependencies=[LARGE])
def experiment(
    experiment_id: ExperimentId, database: Db, config: Config, sort: Sort = ""
) -> Response:
    """One experiment."""
    with database.read() as session:
        cursor = events.last_id(session)
        detail = experiments.get(session, experiment_id)
        queue = queue_of(session, config)
        results = _results(session, detail, sort)
        came_out = _came_out(session, detail)
        search = _search(session, detail)
    return page(
        ExperimentPage(
            queue=queue,
            experiment=detail,
            notes=notes_of("experiments", detail),
            cursor=cursor,
            outcome=came_out,
            **search,
            **results,
        )
    )


@router.get("/fragments/experiments/{experiment_id}/head")
def head(experiment_id: ExperimentId, database: Db) -> Response:
    """Name and actions, fetched after one of them."""
    with database.read() as session:
        detail = experiments.get(session, experiment_id)
    return page(ExperimentHead(queue=None, experiment=detail))


@router.get("/fragments/experiments/{experiment_id}/results")
def results(experiment_id: ExperimentId, database: Db, sort: Sort = "") -> Response:
    """Progress and groups, fetched while its runs change."""
    with database.read() as session:
        detail = experiments.get(session, experiment_id)
        outcome = _results(session, detail, sort)
    return page(ExperimentResults(queue=None, experiment=detail, **outcome))


@router.get("/fragments/experiments/{experiment_id}/outcome", dependencies=[LARGE])
def outcome_part(experiment_id: ExperimentId, database: Db) -> Response:
    """Sentences, curves, dots, seeds and LaTeX, fetched now and then while its runs change."""
    with database.read() as session:
        detail = experiments.get(session, experiment_id)
        ids = _compared_ids(session, experiment_id)
        came_out = _came_out(session, detail)
    return page(
        ExperimentOutcome(queue=None, experiment=detail, outcome=came_out, compared=len(ids))
    )


@router.get("/fragments/experiments/{experiment_id}/search")
def search_part(experiment_id: ExperimentId, database: Db) -> Response:
    """How a search stands, and its settings, fetched while its runs change."""
    with database.read() as session:
        detail = experiments.get(session, experiment_id)
        search = _search(session, detail)
    return page(ExperimentSearch(queue=None, experiment=detail, **search))


def _search(session: Session, detail: ExperimentDetail) -> dict[str, Any]:
    """Empty of an experiment whose runs were all known from the beginning."""
    if detail["search"] is None:
        return {"search": None, "minimise": False, "proposers": 0}
    return {
        "search": search_view(session, detail["id"]),
        "minimise": search_standing.sweep_of(session, detail["id"]).goal.measured.better == "min",
        "proposers": sum("optuna" in each for each in workers.versions_online(session).values()),
    }


def _came_out(session: Session, detail: ExperimentDetail) -> Outcome | None:
    """Of a search nothing: its settings have one seed each, and were not chosen to be compared."""
    if detail["search"] is not None:
        return None
    return outcome(session, _compared_ids(session, detail["id"]))


def _compared_ids(session: Session, number: int) -> list[int]:
    return experiments.run_ids(session, number)[:MOST_COMPARED]


def _results(session: Session, detail: Mapping[str, Any], sort: str) -> dict[str, Any]:
    number = detail["id"]
    query = RunQuery(experiments=(number,), archived=None, sort=sort or "id")
    table: GroupTable = group_table(
        session,
        query,
        varied_paths(detail["sweep"]),
        targets("headline"),
        base=url(f"/experiments/{number}"),
        runs_base=[("experiment", str(number))],
    )
    ids = _compared_ids(session, number)
    chosen = urlencode({"runs": ",".join(map(str, ids))})
    return {
        "left": seconds_left(session, number, detail["parallel"]),
        "table": table,
        "compare": url(f"/compare?{chosen}") if ids else "",
        "report": url(f"/reports/compare?{chosen}") if ids else "",
        "compared": len(ids),
    }


def varied_paths(sweep: Mapping[str, Any]) -> list[str]:
    """What a sweep's settings differ in: its fields but the seed, over which one takes the mean."""
    paths: list[str] = []
    for path, values in sweep["grid"].items():
        if path == "seed":
            continue
        fields = fields_by_path()
        if path in fields or f"{path}.name" not in fields:
            paths.append(path)
            continue
        paths.append(f"{path}.name")
        paths += _inner_paths(path, values)
    return list(dict.fromkeys(paths))


def _inner_paths(path: str, values: Sequence[Any] | Mapping[str, Any]) -> list[str]:
    """Fields that a part's values set: `{"name": "ols", "alpha": 0.3}`."""
    parts = [value for value in values if isinstance(value, Mapping)]
    return [f"{path}.{key}" for part in parts for key in part if key != "name"]
