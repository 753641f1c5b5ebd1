"""A matrix as an HTML table, for screen readers: the run page fetches it when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass

from fastapi.responses import Response

from backend.api.numbers import EpochNumber, RunId
from backend.api.params import Db, MatrixKind
from backend.core import late_numpy as np
from backend.matrix import frames
from backend.pages.shared.context import Context
from backend.pages.shared.player import KINDS, kind_titles
from backend.pages.shared.render import page
from backend.server.addresses import url
from backend.server.late_routes import Router
from backend.store import class_facts, matrices, runs

MOST_CLASSES = 100  # 10,000 cells are 300 kB; more than that is a file's work

router = Router()

# What the heads of the rows are, and of the columns.
_AXES = {
    "soft_labels": ("target class", "class"),
    "val_probs": ("true class", "class"),
    "confusion": ("true class", "predicted class"),
}


@dataclass(frozen=True)
class MatrixTable(Context):
    """A matrix as a table, fetched when somebody opens it."""

    template = "run/_matrix_table.html"
    title: str
    epoch: int
    axes: tuple[str, str]  # what a row is, what a column is
    names: tuple[str, ...]
    rows: list[list[str]]  # none where there are too many classes
    csv: str


@router.get("/fragments/runs/{run_id}/matrices/{kind}/{epoch}")
def matrix_table(run_id: RunId, kind: MatrixKind, epoch: EpochNumber, database: Db) -> Response:
    """The whole matrix, classes by index; above MOST_CLASSES only where its file is."""
    with database.read() as session:
        run = runs.get(session, run_id)
        frame = matrices.frame(session, run_id, kind, epoch)
        names = class_facts.get(session, run_id).names(frame.shape[1])
    rows = _cells(frame.decode(), frame.codec) if len(names) <= MOST_CLASSES else []
    return page(
        MatrixTable(
            queue=None,
            title=(kind_titles([run["method"]]) if run["spec"] else KINDS).get(kind, kind),
            epoch=epoch,
            axes=_AXES.get(kind, ("row", "column")),
            names=names,
            rows=rows,
            csv=url(f"/api/runs/{run_id}/matrices/{kind}/{epoch}?format=csv"),
        )
    )


def _cells(values: np.ndarray, codec: str) -> list[list[str]]:
    """Counts and a loop's own numbers as they are, probabilities in percent with three digits."""
    if codec == frames.U16LOG:
        form, scaled = "%.3g%%", 100 * values
    else:
        form, scaled = ("%d" if codec == frames.U32 else "%.4g"), values
    return [[form % value for value in row] for row in scaled.tolist()]
