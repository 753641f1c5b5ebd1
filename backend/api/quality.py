"""Are the soft labels any good? Their measures epoch by epoch."""

from __future__ import annotations

from backend.analysis.figures.quality import MEASURES
from backend.api.numbers import RunId
from backend.api.params import Db, MaxPoints
from backend.schemas.metrics import Series
from backend.schemas.quality import Quality, QualityMeasure, Reliability
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import metrics, runs
from backend.store.reliability import diagrams
from ols.spec.metric import Metric

router = Router(prefix="/api/runs/{run_id}", tags=["observatory"])


@router.get("/quality")
def quality(run_id: RunId, database: Db, max_points: MaxPoints = None) -> Json[Quality]:
    """The soft labels' measures in each epoch.

    Of the measures (`ols.measures.soft_label_quality`) those that the run has; a run that an older
    version recorded has none, and all three are empty. Measured by the trainer on exact values, so
    they are there for every epoch whatever the retention of matrices.
    """
    with database.read() as session:
        runs.require(session, run_id)
        names = [measure.name for measure in MEASURES]
        return Json(_quality_of(metrics.series(session, run_id, names=names, most=max_points)))


def _quality_of(series: Series) -> Quality:
    values = {
        name: column
        for name, column in series["values"].items()
        if any(value is not None for value in column)
    }
    if not any(name.startswith("soft_") for name in values):
        return {"epochs": [], "values": {}, "measures": []}
    measures = [_words(measure) for measure in MEASURES if measure.name in values]
    return {"epochs": series["epochs"], "values": values, "measures": measures}


def _words(measure: Metric) -> QualityMeasure:
    return {
        "name": measure.name,
        "title": measure.heading,
        "unit": measure.unit,
        "kind": measure.kind,
        "help": measure.help,
    }


@router.get("/reliability")
def reliability(run_id: RunId, database: Db) -> Json[Reliability]:
    """Reliability diagrams by epoch, before (`raw`) and after (`scaled`) temperature scaling."""
    with database.read() as session:
        runs.require(session, run_id)
        return Json(diagrams(session, run_id))
