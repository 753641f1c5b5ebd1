"""Tables as papers print them, over any selection of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Response
from pydantic import AfterValidator

from backend.answers import Json
from backend.api.params import Db, RunFilter, Text, natural, split
from backend.conclude import export
from backend.conclude.paper_table import PaperTable, paper_table
from backend.conclude.verdicts import baseline_column, improvements, verdicts, warnings
from backend.store.conditions import is_target
from backend.store.database import Database
from backend.store.listing import RunQuery
from backend.store.results import add_last_ten, results

router = APIRouter(prefix="/api", tags=["tables"])


def _paths(text: str) -> str:
    for path in split(text):
        if not is_target(f"spec.{path.removeprefix('spec.')}"):
            raise ValueError(
                f"{path[:40]!r} is no field; write paths such as dataset.name,noise.rate"
            )
    return text


def _numbers(text: str) -> str:
    for part in split(text):
        if natural(part) is None:
            raise ValueError(f"{part[:20]!r} is no run's number")
    return text


def _metric(text: str) -> str:
    if not is_target(f"{text}.last"):
        raise ValueError(f"{text[:40]!r} is no metric; for example val_top1, val_ece, test_top1")
    return text


ROWS = "dataset.name,noise.rate"
Fields = Annotated[Text, AfterValidator(_paths)]


@router.get("/table")
def table(
    database: Db,
    query: RunFilter,
    runs: Annotated[Text, AfterValidator(_numbers), Query(description="Only these runs.")] = "",
    rows: Annotated[
        Fields, Query(description="Fields, comma-separated.")
    ] = "dataset.name,noise.rate",
    columns: Annotated[Fields, Query(description="Fields, comma-separated.")] = "method.name",
    metric: Annotated[Text, AfterValidator(_metric)] = "val_top1",
    which: Literal["last", "best", "last_ten"] = "last",
    baseline: Annotated[Text, Query(description="A column's value, such as hard.")] = "",
    error: Annotated[bool, Query(description="Errors instead of accuracies.")] = False,
    format: Literal["json", "latex", "markdown", "csv"] = "json",
) -> Response:
    """Mean ± standard deviation with n in each cell, and each column against a baseline.

    Takes the filters of `GET /api/runs` too (`experiment=`, `where=`...). As JSON also the tests:
    Welch's t and a paired bootstrap over seeds, p-values corrected after Holm.
    """
    made = build(database, query, runs, rows, columns, metric, which)
    if format != "json":
        kind, write = export.EXPORTS[format]
        return Response(write(made, error=error), media_type=f"{kind}; charset=utf-8")
    against = baseline_column(made, tuple(split(baseline)) if baseline else None)
    return Json(
        export.as_json(
            made, against, verdicts(made, against), improvements(made, against), warnings(made)
        )
    )


def build(
    database: Database,
    query: RunQuery,
    runs: str,
    rows: str,
    columns: str,
    metric: str,
    which: Literal["last", "best", "last_ten"],
) -> PaperTable:
    """The table of a URL's parameters; its page takes the same."""
    ids = tuple(int(part) for part in split(runs))
    if ids:
        query = replace(query, archived=None)
    with database.read() as session:
        found = results(session, query, ids=ids)
        if which == "last_ten":
            add_last_ten(session, found, metric)
    return paper_table(
        found, rows=fields(rows), columns=fields(columns), metric=metric, which=which
    )


def fields(text: str) -> Sequence[str]:
    """`spec.dataset.name,noise.rate` -> `[dataset.name, noise.rate]`."""
    return [path.removeprefix("spec.") for path in split(text)]
