"""Tables as papers print them, over any selection of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Literal

from fastapi import Depends, Query, Response
from pydantic import AfterValidator

from backend.analysis.tables import export
from backend.analysis.tables.conclusion import Conclusion, conclude
from backend.analysis.tables.paper_table import Which, paper_table
from backend.analysis.tables.table_json import table_json
from backend.api.analysed_runs import AnalysedRuns, AnalysedRunsFilter
from backend.api.media import TEXT, media
from backend.api.params import Db, Text, split
from backend.schemas.runs import RunResult
from backend.schemas.tables import ResultTable
from backend.server.answers import Json
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store.conditions import is_target
from backend.store.database import Database
from backend.store.results import add_last_ten, results
from ols.spec.metrics import ACCURACY

router = Router(prefix="/api", tags=["tables"])

EXPORTED = media(*(kind for kind, _ in export.EXPORTS.values()), schema=TEXT)
ROWS = "dataset.name,noise.rate"
COLUMNS = "method.name"


def _paths(text: str) -> str:
    for path in split(text):
        if not is_target(f"spec.{path.removeprefix('spec.')}"):
            raise ValueError(
                f"{path[:40]!r} is no field; write paths such as dataset.name,noise.rate"
            )
    return text


def _metric(text: str) -> str:
    if not is_target(f"{text}.last"):
        raise ValueError(f"{text[:40]!r} is no metric; write for example {ACCURACY}")
    return text


Metric = Annotated[Text, AfterValidator(_metric)]
_Fields = Annotated[
    list[Annotated[Text, AfterValidator(_paths)]] | None,
    Query(description="Fields, comma-separated or repeated."),
]


@dataclass(frozen=True)
class TableQuery:
    """A table's address: which runs, and how they are laid out."""

    selection: AnalysedRuns
    rows: tuple[str, ...]
    columns: tuple[str, ...]
    metric: str
    which: Which
    baseline: str
    error: bool

    def wanted(self) -> tuple[str, ...] | None:
        """The baseline column's key."""
        return tuple(split(self.baseline)) if self.baseline else None


async def table_query(
    selection: AnalysedRunsFilter,
    rows: _Fields = None,
    columns: _Fields = None,
    metric: Metric = ACCURACY,
    which: Literal["last", "best", "last_ten"] = "last",
    baseline: Annotated[Text, Query(description="A column's value, such as hard.")] = "",
    error: Annotated[bool, Query(description="Errors instead of accuracies.")] = False,
) -> TableQuery:
    """From a URL's query; the API and the page take the same."""
    axes = fields(rows, ROWS), fields(columns, COLUMNS)
    return TableQuery(selection, *axes, metric, which, baseline, error)


Asked = Annotated[TableQuery, Depends(table_query)]


@router.get("/table", dependencies=[LARGE], response_model=ResultTable, responses=EXPORTED)
def table(
    database: Db, asked: Asked, format: Literal["json", "latex", "markdown", "csv"] = "json"
) -> Response:
    """Mean ± standard deviation with n in each cell, and each column against a baseline.

    Takes the filters of `GET /api/runs` too (`experiment=`, `where=`...). As JSON also the tests:
    Welch's t and a paired bootstrap over seeds, p-values corrected after Holm.
    """
    matching_runs = found_runs(database, asked)
    concluded = conclusion(matching_runs, asked, asked.metric)
    if format != "json":
        kind, write = export.EXPORTS[format]
        text = write(concluded.table, error=asked.error)
        return Response(text, media_type=f"{kind}; charset=utf-8")
    return Json(table_json(concluded))


def found_runs(database: Database, asked: TableQuery, *more: str) -> list[RunResult]:
    """The runs; where the table is of last epochs' means, with those of its metric and `more`."""
    with database.read() as session:
        matching_runs = results(session, asked.selection.query, ids=asked.selection.ids)
        if asked.which == "last_ten":
            add_last_ten(session, matching_runs, (asked.metric, *more))
    return matching_runs


def conclusion(matching_runs: Sequence[RunResult], asked: TableQuery, metric: str) -> Conclusion:
    """The table of one metric with what it says."""
    metric_table = paper_table(
        matching_runs, rows=asked.rows, columns=asked.columns, metric=metric, which=asked.which
    )
    return conclude(metric_table, asked.wanted())


def fields(texts: Sequence[str] | None, default: str) -> tuple[str, ...]:
    """`["spec.dataset.name,noise.rate"]` -> `(dataset.name, noise.rate)`, each once."""
    given = [default] if texts is None else texts
    return tuple(dict.fromkeys(p.removeprefix("spec.") for text in given for p in split(text)))
