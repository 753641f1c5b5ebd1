"""Numbers for notebooks and spreadsheets: the runs of a list as CSV, metrics in long form."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Annotated, Any, Literal

from fastapi import Query
from fastapi.responses import StreamingResponse
from pydantic import AfterValidator
from pydantic_core import to_json

from backend.api.media import Responses, media
from backend.api.metrics import Names
from backend.api.params import Db, RunFilter, Text, split
from backend.core.spreadsheets import safe_cell
from backend.schemas.logged import MetricPoint
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store import long_form, run_table, runs
from backend.store.conditions import RENAMED, is_target
from backend.store.jsonable import iso
from backend.store.run_numbers import natural

router = Router(prefix="/api", tags=["exports"])

MOST_RUNS = 1000  # of one question for metrics
_PICTURES = ("curve",)  # columns of the runs table that no cell can hold
_POINT = ("run", "name", "epoch", "step", "time", "value")
_CSV: Responses = media("text/csv")
_POINTS: Responses = {
    200: {"model": list[MetricPoint], "content": {"text/csv": {"schema": {"type": "string"}}}},
    404: {},
}


def _columns(text: str) -> str:
    for name in split(text):
        known = (*run_table.FACTS, *run_table.OF_TABLE, *_PICTURES)
        if name not in known and not is_target(RENAMED.get(name, name)):
            raise ValueError(
                f"{name[:40]!r} is no column: use {', '.join(known)}, a field like spec.seed or "
                "config.lr, or a metric like val_ece.last"
            )
    return text


def _numbers(text: str) -> str:
    numbers = split(text)
    for number in numbers:
        if natural(number) is None:
            raise ValueError(f"{number[:20]!r} is no run's number")
    if not 0 < len(numbers) <= MOST_RUNS:
        raise ValueError(f"name 1 to {MOST_RUNS:,} runs, not {len(numbers):,}: runs=1,2")
    return text


@router.get("/runs.csv", response_class=StreamingResponse, responses=_CSV, dependencies=[LARGE])
def runs_csv(
    database: Db,
    query: RunFilter,
    columns: Annotated[
        list[Annotated[Text, AfterValidator(_columns)]] | None,
        Query(
            max_length=100,
            description="As of the runs table; comma-separated or repeated. Empty: every fact, "
            "field and metric.",
        ),
    ] = None,
) -> StreamingResponse:
    """All runs that match, as a spreadsheet; `limit` and `cursor` mean nothing here."""
    asked = [RENAMED.get(name, name) for text in columns or () for name in split(text)]
    shown = [name for name in dict.fromkeys(["id", *asked]) if name not in _PICTURES]
    if not asked:
        with database.read() as session:
            shown = run_table.all_columns(session, query)
    lines = run_table.rows(database, query, shown)
    return csv_file(_chained([safe_cell(name) for name in shown], lines), "runs.csv")


@router.get("/metrics", response_class=StreamingResponse, responses=_POINTS, dependencies=[LARGE])
def long_metrics(
    database: Db,
    runs_asked: Annotated[
        Text, AfterValidator(_numbers), Query(alias="runs", description="Numbers, comma-separated.")
    ],
    names: Names = "",
    format: Annotated[Literal["json", "csv"], Query()] = "json",
) -> StreamingResponse:
    """Every value of these runs' metrics in long form: run, name, epoch, step, time, value."""
    run_ids = list(dict.fromkeys(map(int, split(runs_asked))))
    with database.read() as session:
        for run_id in run_ids:
            runs.require(session, run_id)
    batches = long_form.points(database, run_ids, split(names))
    if format == "csv":
        return csv_file(_chained(_POINT, _cells(batches)), "metrics.csv")
    return StreamingResponse(_json_array(batches), media_type="application/json")


def _cells(batches: Iterable[list[MetricPoint]]) -> Iterator[list[Any]]:
    for batch in batches:
        for row in batch:
            yield [
                row["run"], safe_cell(row["name"]), row["epoch"], row["step"], iso(row["time"]),
                row["value"],
            ]  # fmt: skip


def _json_array(batches: Iterable[list[MetricPoint]]) -> Iterator[bytes]:
    yield b"["
    separator = b""
    for batch in batches:
        if batch:
            yield separator + to_json(batch, inf_nan_mode="null")[1:-1]
            separator = b","
    yield b"]"


def _chained(head: Sequence[str], lines: Iterable[Sequence[Any]]) -> Iterator[Sequence[Any]]:
    yield head
    yield from lines


def csv_file(lines: Iterable[Sequence[Any]], name: str) -> StreamingResponse:
    """Lines as a download, written while they are sent."""
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-cache"}
    return StreamingResponse(_written(lines), media_type="text/csv; charset=utf-8", headers=headers)


def _written(lines: Iterable[Sequence[Any]]) -> Iterator[str]:
    """Some kilobytes at a time: a piece a line would take most of the time."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    for line in lines:
        writer.writerow(line)
        if buffer.tell() > 65_536:
            yield buffer.getvalue()
            buffer.seek(0)
            buffer.truncate()
    yield buffer.getvalue()
