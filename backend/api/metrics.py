"""Metrics of one run."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query

from backend.api.numbers import AfterEpoch, RunId
from backend.api.params import Db, Text, split
from backend.schemas.metrics import Series
from backend.server.answers import Json
from backend.store import metrics, runs

router = APIRouter(prefix="/api", tags=["metrics"])

Names = Annotated[Text, Query(description="Comma-separated; empty: all.")]


@router.get("/runs/{run_id}/metrics")
def series(run_id: RunId, database: Db, names: Names = "", after: AfterEpoch = 0) -> Json[Series]:
    """A run's metrics in each epoch above `after`."""
    with database.read() as session:
        runs.require(session, run_id)
        return Json(metrics.series(session, run_id, names=split(names) or None, after=after))
