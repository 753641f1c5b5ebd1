"""A run's figures in a notebook, straight from the lab's database.

    from backend.reports.notebook import open_run
    run = open_run(7)                 # OLS_DATA_DIR or OLS_DATABASE_URL say where
    run.heatmap().show()
    run.quality()[0].show()
    run.matrix("soft_labels", epoch=12)      # NumPy, (K, K)

`backend.reports.run_report` makes its page of the same figures.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from backend.analysis.figures import curves
from backend.analysis.figures.class_panel import class_figure
from backend.analysis.figures.figure import as_plotly
from backend.analysis.figures.film import heatmap_figure, reliability_film, stand_alone
from backend.analysis.figures.quality import chart_figure, charts
from backend.analysis.figures.reliability import SIDES
from backend.analysis.run_verdict import verdict_of
from backend.core import late_numpy as np
from backend.core.settings import settings
from backend.matrix.class_orders import Array, row_shares
from backend.matrix.frames import max_pool
from backend.matrix.similarity import sparse
from backend.schemas.matrices import ClassPair, ClassRow
from backend.schemas.metrics import Series
from backend.schemas.runs import RunDetail
from backend.store import class_facts, matrices, metrics, observatory, reliability, runs
from backend.store.database import Database, connect

MOST_FRAMES = 40  # of an animation: a page of 40 x 100 x 100 cells is 5 MB
MOST_CLASSES = 100  # a side of its heatmaps; more classes are max-pooled


@dataclass(frozen=True)
class RunView:
    """One run. Figures are plotly's; each call reads anew, so a training run can be watched."""

    database: Database
    id: int

    def facts(self) -> RunDetail:
        """The run as `GET /api/runs/{id}` gives it."""
        with self.database.read() as session:
            return runs.get(session, self.id)

    def verdict(self) -> str:
        """What the numbers say in one line, as atop the run's page; empty before the first."""
        with self.database.read() as session:
            return verdict_of(session, runs.get(session, self.id))["sentence"]

    def series(self) -> Series:
        """All metrics by epoch."""
        with self.database.read() as session:
            return metrics.series(session, self.id)

    def matrix(self, kind: str = "soft_labels", epoch: int | None = None) -> Array:
        """(K, K) of the newest kept epoch not later than `epoch`. Raises NotFound."""
        with self.database.read() as session:
            newest = matrices.newest(session, self.id, kind, epoch)
            return matrices.frame(session, self.id, kind, newest.epoch).decode().astype(np.float64)

    def curves(self) -> list[Any]:
        """Accuracy and loss, as on the run's page."""
        run, series = self.facts(), self.series()
        plain = (curves.accuracy_figure(run, series), curves.loss_figure(run, series))
        return [as_plotly(figure) for figure in plain]

    def heatmap(self, kind: str = "soft_labels") -> Any:
        """All kept epochs (40 at most) with a slider. Raises NotFound."""
        with self.database.read() as session:
            matrices.newest(session, self.id, kind)
            stored = matrices.versions(session, self.id, kind)
            frames = [stored[place] for place in sparse(stored, MOST_FRAMES)]
            names = class_facts.get(session, self.id).names(frames[0].k)
            shown = [
                _pooled(matrices.frame(session, self.id, kind, item.epoch).decode())
                for item in frames
            ]
        epochs = [item.epoch for item in frames]
        return as_plotly(heatmap_figure(shown, epochs, _pooled_names(names), TITLES[kind]))

    def quality(self) -> list[Any]:
        """The page's charts of the soft labels' quality; none for runs of older versions."""
        run, series = self.facts(), self.series()
        figures = [(chart.title, chart_figure(run, chart, series)) for chart in charts(run)]
        return [
            as_plotly(stand_alone(figure, title, height=280))
            for title, figure in figures
            if any(trace["y"] for trace in figure["data"])
        ]

    def reliability(self) -> list[Any]:
        """The diagrams as trained and after temperature scaling, each with a slider over the
        epochs (40 at most); none for older runs."""
        run = self.facts()
        with self.database.read() as session:
            diagrams = reliability.diagrams(session, self.id)
        places = sparse(diagrams["epochs"], MOST_FRAMES)
        return [
            as_plotly(reliability_film(run, diagrams, side, places))
            for side in SIDES
            if diagrams["epochs"]
        ]

    def class_evolution(self, number: int) -> Any:
        """A class and its partners over the epochs, as on the page. Raises NotFound."""
        run = self.facts()
        with self.database.read() as session:
            detail = observatory.class_detail(session, self.id, number, None)
        return as_plotly(
            stand_alone(class_figure(run, detail), f"Class {detail['name']}", height=420)
        )

    def classes(self) -> list[ClassRow]:
        """Every class in the last soft labels, the hardest first. Raises NotFound."""
        with self.database.read() as session:
            return observatory.class_table(session, self.id)

    def pairs(self, limit: int = 20) -> list[ClassPair]:
        """The strongest pairs of the last soft labels, each once. Raises NotFound."""
        with self.database.read() as session:
            return observatory.pairs(
                session, self.id, "soft_labels", None, symmetric=True, limit=limit
            )


TITLES = {
    "soft_labels": "Soft labels",
    "val_probs": "Mean validation softmax",
    "confusion": "Validation confusion, shares of a row",
}


def open_run(run_id: int, database_url: str = "") -> RunView:
    """A run of the lab that this environment's settings name, or of another one's database.

    Raises NotFound, SchemaMismatch and Unreachable.
    """
    database = connect(database_url or settings().resolved_database_url, check=True)
    with database.read() as session:
        runs.require(session, run_id)
    return RunView(database, run_id)


def _pooled(values: np.ndarray) -> Array:
    shares = row_shares(values.astype(np.float64))
    return max_pool(shares, MOST_CLASSES) if len(shares) > MOST_CLASSES else shares


def _pooled_names(names: Sequence[str]) -> list[str]:
    """Of pooled rows: the first of each block and how many follow."""
    block = -(-len(names) // MOST_CLASSES)
    if block == 1:
        return list(names)
    return [f"{names[start]} +{block - 1}" for start in range(0, len(names), block)]
