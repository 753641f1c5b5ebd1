"""`/experiments` and `/experiments/{id}`: sweeps, how far they are, what came out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query
from fastapi.responses import Response
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from backend.analysis.columns import targets
from backend.api.experiments import ExperimentId
from backend.api.params import Config, Db, Text
from backend.pages.contexts.experiments import (
    ExperimentHead,
    ExperimentPage,
    ExperimentResults,
    ExperimentRows,
    ExperimentsPage,
)
from backend.pages.grouping import GroupTable, group_table
from backend.pages.notes import notes_of
from backend.pages.render import page, queue_of
from backend.store import events, experiments
from backend.store.listing import RunQuery, sort_name
from backend.store.remaining import seconds_left
from ols.spec.ablations import ABLATIONS
from ols.spec.fields import fields_by_path

router = APIRouter()

MOST_COMPARED = 50


def _sort_name(text: str) -> str:
    return sort_name(text) or ""


Sort = Annotated[Text, AfterValidator(_sort_name), Query(description="A field or a metric.")]


@router.get("/experiments")
def listing(database: Db, config: Config, q: Text = "", archived: bool = False) -> Response:
    """All experiments, pinned ones first."""
    with database.read() as session:
        cursor = events.last_id(session)
        queue = queue_of(session, config)
        found = experiments.listing(session, archived=archived, q=q)
    ablations = list(ABLATIONS)
    return page(
        ExperimentsPage(
            queue=queue,
            experiments=found,
            q=q,
            archived=archived,
            ablations=ablations,
            cursor=cursor,
        )
    )


@router.get("/fragments/experiments")
def rows(database: Db, q: Text = "", archived: bool = False) -> Response:
    """The list, fetched when runs change."""
    with database.read() as session:
        found = experiments.listing(session, archived=archived, q=q)
    return page(ExperimentRows(queue=None, experiments=found))


@router.get("/experiments/{experiment_id}")
def experiment(
    experiment_id: ExperimentId, database: Db, config: Config, sort: Sort = ""
) -> Response:
    """One experiment."""
    with database.read() as session:
        cursor = events.last_id(session)
        found = experiments.get(session, experiment_id)
        queue = queue_of(session, config)
        results = _results(session, found, sort)
    return page(
        ExperimentPage(
            queue=queue,
            experiment=found,
            notes=notes_of("experiments", found),
            cursor=cursor,
            **results,
        )
    )


@router.get("/fragments/experiments/{experiment_id}/head")
def head(experiment_id: ExperimentId, database: Db) -> Response:
    """Name and actions, fetched after one of them."""
    with database.read() as session:
        found = experiments.get(session, experiment_id)
    return page(ExperimentHead(queue=None, experiment=found))


@router.get("/fragments/experiments/{experiment_id}/results")
def results(experiment_id: ExperimentId, database: Db, sort: Sort = "") -> Response:
    """Progress and groups, fetched while its runs change."""
    with database.read() as session:
        found = experiments.get(session, experiment_id)
        facts = _results(session, found, sort)
    return page(ExperimentResults(queue=None, experiment=found, **facts))


def _results(session: Session, found: Mapping[str, Any], sort: str) -> dict[str, Any]:
    number = found["id"]
    query = RunQuery(experiments=(number,), archived=None, sort=sort or "id")
    table: GroupTable = group_table(
        session,
        query,
        varied_paths(found["sweep"]),
        targets("headline"),
        base=f"/experiments/{number}",
        runs_base=[("experiment", str(number))],
    )
    ids = experiments.run_ids(session, number)[:MOST_COMPARED]
    return {
        "left": seconds_left(session, number, found["parallel"]),
        "table": table,
        "compare": f"/compare?{urlencode({'runs': ','.join(map(str, ids))})}" if ids else "",
        "compared": len(ids),
    }


def varied_paths(sweep: Mapping[str, Any]) -> list[str]:
    """What a sweep's settings differ in: its fields but the seed, over which one takes the mean."""
    paths: list[str] = []
    for path, values in sweep["grid"].items():
        if path == "seed":
            continue
        known = fields_by_path()
        if path in known or f"{path}.name" not in known:
            paths.append(path)
            continue
        paths.append(f"{path}.name")
        paths += _inner_paths(path, values)
    return list(dict.fromkeys(paths))


def _inner_paths(path: str, values: Sequence[Any] | Mapping[str, Any]) -> list[str]:
    """Fields that a part's values set: `{"name": "ols", "alpha": 0.3}`."""
    parts = [value for value in values if isinstance(value, Mapping)]
    return [f"{path}.{key}" for part in parts for key in part if key != "name"]
