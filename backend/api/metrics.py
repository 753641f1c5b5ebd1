"""Metrics of one run, and several runs side by side."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from backend.answers import Json, error_answer
from backend.api.params import After, Db, RunId, Text, natural, split
from backend.store import metrics, runs
from backend.store.compare import compare
from ols.errors import FieldError

router = APIRouter(prefix="/api", tags=["metrics"])

MOST_RUNS = 100

Names = Annotated[Text, Query(description="Comma-separated; empty: all.")]


@router.get("/runs/{run_id}/metrics")
def series(run_id: RunId, database: Db, names: Names = "", after: After = 0) -> Json:
    """`{"names", "epochs", "values"}` of the epochs above `after`."""
    with database.read() as session:
        runs.require(session, run_id)
        return Json(metrics.series(session, run_id, names=split(names) or None, after=after))


@router.get("/compare")
def comparison(
    database: Db,
    runs: Annotated[Text, Query(description="Run numbers, comma-separated.")],
    names: Names = "",
) -> Json:
    """Aligned series, what differs in the specs (by path), and each run's summary."""
    ids = [natural(text) for text in split(runs)]
    chosen = list(dict.fromkeys(number for number in ids if number is not None))
    if not chosen or None in ids or len(chosen) > MOST_RUNS:
        message = f"give 1 to {MOST_RUNS} run numbers, for example 1,2,3"
        return error_answer(422, "invalid", f"runs: {message}", [FieldError("runs", message)])
    with database.read() as session:
        return Json(compare(session, chosen, names=split(names) or None))
