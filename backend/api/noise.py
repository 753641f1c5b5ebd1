"""How methods stand label noise, over any selection of runs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated

from fastapi import Query

from backend.analysis.tables.noise import dataset_counts, noise_report
from backend.api.analysed_runs import AnalysedRuns, AnalysedRunsFilter
from backend.api.params import Db, Text
from backend.schemas.noise import DatasetCount, NoiseAnswer, NoiseReport
from backend.schemas.runs import RunResult
from backend.server.answers import Json
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store import metrics
from backend.store.database import Database
from backend.store.results import results
from ols.spec.metrics import MEMORISED

router = Router(prefix="/api", tags=["tables"])

MOST_CURVES = 500  # runs whose every epoch is read
Baseline = Annotated[Text, Query(description="A method, such as hard.")]


@dataclass(frozen=True)
class NoisyRuns:
    """Runs of one dataset: that with the most of those analysed."""

    datasets: list[tuple[str, int]]
    runs: list[RunResult]
    report: NoiseReport


@router.get("/noise", dependencies=[LARGE])
def noise(
    database: Db, selection: AnalysedRunsFilter, baseline: Baseline = ""
) -> Json[NoiseAnswer]:
    """Accuracy, ECE and memorised labels against the noise rate per method: mean, deviation, n.

    Takes the filters of `GET /api/runs` or `runs=1,2`. Of several datasets the one with the most
    runs is shown; `dataset=` chooses another.
    """
    noisy = noise_of(database, selection, baseline)
    datasets: list[DatasetCount] = [{"name": name, "runs": n} for name, n in noisy.datasets]
    shown = noisy.datasets[0][0] if noisy.datasets else None
    return Json({"dataset": shown, "datasets": datasets, **noisy.report})


def noise_of(database: Database, selection: AnalysedRuns, baseline: str) -> NoisyRuns:
    """What the API and the page show."""
    with database.read() as session:
        every = results(session, selection.query, ids=selection.ids)
        datasets = dataset_counts(every)
        shown = datasets[0][0] if datasets else ""
        runs = [run for run in every if run["dataset"] == shown]
        memorised = metrics.one_of_many(session, _noisy(runs)[:MOST_CURVES], MEMORISED)
    return NoisyRuns(datasets, runs, noise_report(runs, memorised, baseline))


def _noisy(runs: Sequence[RunResult]) -> list[int]:
    return [run["id"] for run in runs if run["noise_rate"]]
