"""Metrics of runs."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import Query

from backend.api.numbers import LARGEST_EPOCH, AfterPoint, RunId
from backend.api.params import Db, MaxPoints, Text, split
from backend.schemas.metrics import Series, StepSeries
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import metrics, runs

router = Router(prefix="/api", tags=["metrics"])

Names = Annotated[Text, Query(description="Comma-separated; empty: all.")]


@router.get("/runs/{run_id}/metrics")
def series(
    run_id: RunId,
    database: Db,
    names: Names = "",
    after: AfterPoint = -1,
    axis: Annotated[
        Literal["epoch", "step"], Query(description="A loop may log by step too.")
    ] = "epoch",
    max_points: MaxPoints = None,
) -> Json[Series | StepSeries]:
    """A run's metrics in each epoch, or at each step, above `after`: all without it."""
    wanted, most = split(names) or None, max_points
    with database.read() as session:
        runs.require(session, run_id)
        if axis == "step":
            return Json(metrics.step_series(session, run_id, names=wanted, after=after, most=most))
        after = min(after, LARGEST_EPOCH)  # PostgreSQL compares no larger one; steps go further
        return Json(metrics.series(session, run_id, names=wanted, after=after, most=most))
