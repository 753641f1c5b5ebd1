"""What a run's numbers say, in one line."""

from __future__ import annotations

from backend.analysis.run_verdict import verdict_of
from backend.api.numbers import RunId
from backend.api.params import Db
from backend.schemas.verdict import RunVerdict
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import runs

router = Router(prefix="/api/runs/{run_id}", tags=["observatory"])


@router.get("/verdict")
def run_verdict(run_id: RunId, database: Db) -> Json[RunVerdict]:
    """Accuracy, calibration, memorised labels and the most confused classes in one sentence.

    Of the last epoch so far; empty before the first one. docs/run.md has the thresholds.
    """
    with database.read() as session:
        return Json(verdict_of(session, runs.get(session, run_id)))
