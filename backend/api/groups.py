"""Runs grouped by fields, with mean and deviation of their metrics."""

from __future__ import annotations

from typing import Annotated

from fastapi import Query
from pydantic import AfterValidator

from backend.analysis.targets import targets
from backend.api.params import Db, RunFilter, Text, split
from backend.schemas.groups import RunGroups
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store.conditions import is_field, is_target, path_of, target_of
from backend.store.groups import MOST_METRICS, MOST_PATHS, groups

router = Router(prefix="/api/runs", tags=["runs"])

METRICS = ",".join(targets("brief"))


def group_paths(text: str) -> list[str]:
    """`method.name,spec.seed,config.lr` as paths without `spec.`; raises ValueError."""
    paths = [path_of(path) for path in split(text)]
    for path in paths:
        if not is_target(target_of(path)):
            raise ValueError(f"{path[:40]!r} is no field; write for example method.name,noise.rate")
    if len(paths) > MOST_PATHS:
        raise ValueError(f"{len(paths)} fields; at most {MOST_PATHS} can be grouped by")
    return list(dict.fromkeys(paths))


def group_metrics(text: str) -> list[str]:
    """`val_top1.last,val_ece.best` as a list; raises ValueError."""
    metrics = split(text)
    for target in metrics:
        if not is_target(target) or is_field(target):
            raise ValueError(f"{target[:40]!r} is no metric; write for example val_top1.last")
    if len(metrics) > MOST_METRICS:
        raise ValueError(f"{len(metrics)} metrics; at most {MOST_METRICS}")
    return list(dict.fromkeys(metrics))


def _fields(text: str) -> str:
    if not group_paths(text):
        raise ValueError("name at least one field, for example method.name")
    return text


def _metrics(text: str) -> str:
    group_metrics(text)
    return text


@router.get("/groups")
def grouped(
    database: Db,
    query: RunFilter,
    group: Annotated[
        Text, AfterValidator(_fields), Query(description="Fields: method.name,noise.rate.")
    ],
    metrics: Annotated[
        Text, AfterValidator(_metrics), Query(description="With .last or .best each.")
    ] = METRICS,
) -> Json[RunGroups]:
    """Mean, standard deviation and n of each group; takes the filters of `GET /api/runs`."""
    with database.read() as session:
        return Json({"groups": groups(session, query, group_paths(group), group_metrics(metrics))})
