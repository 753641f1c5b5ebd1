"""`/compare?runs=1,2`: several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import Response
from sqlalchemy.orm import Session

from backend.api.params import Config, Db, Text, natural, split
from backend.figures import COMPARED, TITLES
from backend.pages.compare_view import ViewAsked, pictures
from backend.pages.contexts.base import Cell
from backend.pages.contexts.compare import ComparePage, ComparePictures, CompareResults
from backend.pages.formats import metric, plain
from backend.pages.player import KINDS, kind_titles, player_run
from backend.pages.render import page, queue_of
from backend.palette import dashes
from backend.store import events, runs
from backend.store.compare import compare
from backend.store.errors import NotFound
from backend.store.listing import RunQuery
from backend.store.summary import higher_is_better

router = APIRouter()

MOST = 50
HEATMAPS = 8  # as many as a person can look at, of the first runs chosen

# metric, which of its numbers, title. Calibration stands beside accuracy.
RESULTS = (
    ("val_top1", "best", "best val top-1"),
    ("val_top1", "last", "last val top-1"),
    ("val_ece", "last", "last val ECE"),
    ("val_loss", "last", "last val loss"),
    ("test_top1", "last", "test top-1"),
    ("train_top1", "last", "last train top-1"),
    ("train_memorized", "last", TITLES["train_memorized"]),
    ("epoch_seconds", "last", "per epoch"),
)
_JUDGED = ("val_top1", "val_ece", "val_loss", "test_top1")  # the others have no better side

Runs = Annotated[list[Text] | None, Query(description="Run numbers, comma-separated or repeated.")]


@router.get("/compare")
def compare_page(
    database: Db, config: Config, view: ViewAsked, runs: Runs = None, kind: Text = ""
) -> Response:
    """The comparison; numbers that no run has are named and left out."""
    ids, unknown = _numbers(runs)
    with database.read() as session:
        cursor = events.last_id(session)
        found, missing = _existing(session, ids)
        comparison = _comparison(session, found)
        chosen = comparison["runs"]
        methods = [run["method"] for run in chosen]
        metrics, results = _results(chosen)
        context = ComparePage(
            queue=queue_of(session, config),
            runs=chosen,
            unknown=unknown + missing,
            view=view,
            pictures=pictures(session, comparison, view) if chosen else None,
            player={
                "runs": [player_run(session, run) for run in chosen[:HEATMAPS]],
                "kind": kind if kind in KINDS else "soft_labels",
                "kinds": kind_titles(methods),
            },
            metrics=metrics,
            results=results,
            differences=[
                (row["path"], [plain(value) for value in row["values"]])
                for row in comparison["differences"]
            ],
            heatmaps=chosen[:HEATMAPS],
            dashes=dashes(methods),
            evals=sorted({run["eval_on"] for run in chosen}),
            cursor=cursor,
            recent=_recent(session) if not chosen else [],
        )
    return page(context)


@router.get("/fragments/compare")
def results_fragment(database: Db, runs: Runs = None) -> Response:
    """The table of results."""
    ids, _ = _numbers(runs)
    with database.read() as session:
        found, _ = _existing(session, ids)
        chosen = _get_many(session, found)
    metrics, results = _results(chosen)
    styles = dashes([run["method"] for run in chosen])
    return page(
        CompareResults(queue=None, runs=chosen, metrics=metrics, results=results, dashes=styles)
    )


@router.get("/fragments/compare/view")
def view_fragment(database: Db, view: ViewAsked, runs: Runs = None) -> Response:
    """The pictures, when another view of them is chosen."""
    ids, _ = _numbers(runs)
    with database.read() as session:
        found, _ = _existing(session, ids)
        if not found:
            raise NotFound("None of these runs is there.")
        made = pictures(session, _comparison(session, found), view)
    return page(ComparePictures(queue=None, pictures=made, view=view))


def _comparison(session: Session, ids: Sequence[int]) -> dict[str, Any]:
    if not ids:
        return {"runs": [], "differences": []}
    return compare(session, ids, names=(*(name for name, _ in COMPARED), "epoch_seconds"))


def _numbers(texts: Sequence[str] | None) -> tuple[list[int], list[str]]:
    """The numbers named, each once, and what is no number."""
    given = list(dict.fromkeys(part for text in texts or () for part in split(text)))
    numbers = [number for part in given if (number := natural(part)) is not None]
    return numbers[:MOST], [part[:20] for part in given if natural(part) is None]


def _existing(session: Session, ids: Sequence[int]) -> tuple[list[int], list[str]]:
    found, missing = [], []
    for number in ids:
        try:
            runs.require(session, number)
            found.append(number)
        except NotFound:
            missing.append(str(number))
    return found, missing


def _get_many(session: Session, ids: Sequence[int]) -> list[dict[str, Any]]:
    return runs.get_many(session, ids) if ids else []


def _recent(session: Session) -> list[dict[str, Any]]:
    """What could be compared."""
    found, _ = runs.listing(session, RunQuery(limit=12))
    return found


def _results(
    chosen: Sequence[dict[str, Any]],
) -> tuple[list[tuple[str, str]], list[list[Cell]]]:
    """The columns that some run has, and a row of cells for each run."""
    columns, by_column = [], []
    for name, which, title in RESULTS:
        values = [run["summary"].get(name, {}).get(which) for run in chosen]
        if all(value is None for value in values):
            continue
        columns.append((name, title))
        by_column.append(_cells(chosen, name, which, values))
    return columns, [list(row) for row in zip(*by_column, strict=True)] or [[] for _ in chosen]


def _cells(
    chosen: Sequence[dict[str, Any]], name: str, which: str, values: Sequence[float | None]
) -> list[Cell]:
    known = [value for value in values if value is not None]
    best = max(known) if higher_is_better(name) else min(known)
    marks = name in _JUDGED and len(known) > 1
    cells = []
    for run, value in zip(chosen, values, strict=True):
        epoch = run["summary"].get(name, {}).get("best_epoch")
        note = f"epoch {epoch}" if which == "best" and value is not None else ""
        cells.append(Cell(metric(name, value), marks and value == best, note))
    return cells
