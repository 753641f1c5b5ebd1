"""Several runs side by side: the numbers of each picture on the compare page, and the pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from backend.analysis.comparison import fields, pictures
from backend.analysis.comparison.class_accuracy import classes
from backend.analysis.comparison.figures.reliability import reliability_lines
from backend.analysis.comparison.results import results
from backend.analysis.comparison.settings import Group, as_settings, each, pair, settings
from backend.analysis.comparison.view import View
from backend.analysis.figures.curves import COMPARED, Figure
from backend.api.params import MAX_ID, Db, Text, natural, split
from backend.schemas.compare import Comparison
from backend.server.answers import Json
from backend.store.compare import compare
from backend.store.errors import NotFound

router = APIRouter(prefix="/api/compare", tags=["compare"])

MOST_RUNS = 100
METRICS = (*(name for name, _ in COMPARED), "epoch_seconds")
_NO_CLASSES = "Two settings with the same classes and a confusion matrix are needed"


def _numbers(text: str) -> str:
    ids = [natural(part) for part in split(text)]
    if not ids or None in ids or len(set(ids)) > MOST_RUNS:
        raise ValueError(f"give 1 to {MOST_RUNS} run numbers, for example 1,2,3")
    return text


async def _ids(
    runs: Annotated[
        Text, AfterValidator(_numbers), Query(description="Run numbers, comma-separated.")
    ],
) -> list[int]:
    return list(dict.fromkeys(int(part) for part in split(runs)))


Ids = Annotated[list[int], Depends(_ids)]
_Run = Annotated[int, Query(ge=0, le=MAX_ID)]


async def _view(
    results: Literal["", "runs", "settings"] = "",
    lines: Literal["", "runs", "mean"] = "",
    x: Literal["epoch", "time", "images"] = "epoch",
    y: Literal["linear", "log"] = "linear",
    smooth: Annotated[float, Query(ge=0, le=0.99)] = 0.0,
    layout: Literal["together", "each"] = "together",
    metric: Text = "",
    maps: Literal["", "runs", "settings"] = "",
    ours: _Run = 0,
    base: _Run = 0,
    bars: Annotated[int, Query(ge=0, le=100_000, description="Differences drawn; 0: all.")] = 40,
    field: Text = "",
    against: Text = "",
) -> View:
    return View(
        results, lines, x, y, smooth, layout, metric, maps, ours, base, bars, field, against
    )


ViewAsked = Annotated[View, Depends(_view)]
Format = Literal["data", "plotly"]


@router.get("")
def comparison(
    database: Db,
    ids: Ids,
    names: Annotated[Text, Query(description="Comma-separated; empty: all.")] = "",
) -> Json:
    """Aligned series, what differs in the specs (by path), and each run's summary."""
    with database.read() as session:
        return Json(compare(session, ids, names=split(names) or None))


@router.get("/results")
def results_table(database: Db, ids: Ids, view: ViewAsked) -> Json:
    """A row a run, or with `results=settings` a row a setting: mean, deviation, n, the best marked.

    A setting is a spec apart from its seed.
    """
    with database.read() as session:
        found = _compared(session, ids)["runs"]
    groups = settings(found)
    by = "settings" if as_settings(found, groups, view.results) else "runs"
    shown = groups if by == "settings" else each(found)
    made = results(found, shown)
    return Json(
        {
            "by": by,
            "columns": [{"metric": m, "which": w, "title": title} for m, w, title in made.columns],
            "rows": [
                _named(found, group) | {"values": [asdict(stat) for stat in row]}
                for group, row in zip(shown, made.rows, strict=True)
            ],
        }
    )


@router.get("/curves")
def curves(database: Db, ids: Ids, view: ViewAsked) -> Json:
    """The curves as Plotly figures, a trace a run or a setting, with bands over seeds.

    Of `x=time` and `x=images` each point's `customdata` is its epoch. The bare series are those of
    `GET /api/compare`.
    """
    with database.read() as session:
        compared = _compared(session, ids)
    found = settings(compared["runs"])
    mean = as_settings(compared["runs"], found, view.lines)
    shown = pictures.curves(compared, found if mean else each(compared["runs"]), view)
    return Json({"lines": "mean" if mean else "runs", "figures": dict(shown)})


@router.get("/classes")
def class_accuracies(database: Db, ids: Ids, view: ViewAsked, format: Format = "data") -> Json:
    """Accuracy of each class in the last epoch under two settings, means over their seeds.

    `ours` and `base` name a setting by its first run. `format=plotly`: the page's bars and points.
    """
    with database.read() as session:
        found = _compared(session, ids)["runs"]
        ours, base = pair(settings(found), view.ours, view.base)
        both = classes(session, found, ours, base) if ours else None
    if both is None or ours is None:
        raise NotFound(f"{_NO_CLASSES}.")
    if format == "plotly":
        return _figures(pictures.class_figures_of(both, ours, base, view.bars))
    return Json(
        {
            "classes": both.names,
            "ours": _named(found, ours) | {"accuracy": both.ours},
            "base": _named(found, base) | {"accuracy": both.base},
        }
    )


@router.get("/reliability")
def reliability(database: Db, ids: Ids, view: ViewAsked, format: Format = "data") -> Json:
    """Accuracy against confidence in the last epoch, for each run or (`lines=mean`) setting."""
    with database.read() as session:
        found = _compared(session, ids)["runs"]
        groups = settings(found)
        drawn = groups if as_settings(found, groups, view.lines) else each(found)
        diagrams = pictures.reliability(session, found, drawn)
    if not any(diagrams):
        raise NotFound("No run has recorded its calibration yet.")
    if format == "plotly":
        return _figures({"reliability": reliability_lines(drawn, diagrams)})
    pairs = zip(drawn, diagrams, strict=True)
    return Json({"lines": [_named(found, group) | one for group, one in pairs if one]})


@router.get("/fields")
def fields_and_results(database: Db, ids: Ids, view: ViewAsked, format: Format = "data") -> Json:
    """A field against a metric, and all fields that differ; each list has a value a run."""
    with database.read() as session:
        compared = _compared(session, ids)
    columns = fields.columns(compared)
    if format == "plotly":
        scatter, parallel, _ = pictures.field_pictures(compared, columns, view)
        return _figures({"scatter": scatter, "parallel": parallel})
    field, against = fields.axes(columns, view.field, view.against)
    return Json(
        {
            "runs": [{"id": r["id"], "name": r["name"]} for r in compared["runs"]],
            "field": {"name": field, "values": columns[field]},
            "against": {"name": against, "values": columns[against]},
            "axes": [
                {"name": name, "title": fields.axis_title(name), "values": values}
                for name, values in fields.parallel(compared, columns, against)
            ],
        }
    )


def _compared(session: Session, ids: Sequence[int]) -> Comparison:
    return compare(session, ids, names=METRICS)


def _named(runs: Sequence[Mapping[str, Any]], group: Group) -> dict[str, Any]:
    ids = [runs[place]["id"] for place in group.places]
    return {"title": group.title, "method": group.method, "runs": ids}


def _figures(made: Mapping[str, Figure]) -> Json:
    return Json({"figures": made})
