"""Several runs side by side: the numbers of each picture on the compare page, and the pictures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import Depends, Query
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from backend.analysis.comparison import fields, pictures
from backend.analysis.comparison.class_accuracy import classes
from backend.analysis.comparison.figures.reliability import reliability_lines
from backend.analysis.comparison.results import Stat, results
from backend.analysis.comparison.settings import Group, as_settings, each, pair, settings
from backend.analysis.comparison.view import View
from backend.analysis.figures.figure import Figure
from backend.api.params import Db, Text, split
from backend.schemas.compare import (
    ComparedClasses,
    ComparedCurves,
    ComparedFields,
    ComparedReliability,
    ComparedResults,
    Comparison,
    Figures,
    NamedRuns,
    ResultStat,
    WholeComparison,
)
from backend.schemas.runs import RunDetail
from backend.server.answers import Json
from backend.server.heavy_answers import LARGE
from backend.server.late_routes import Router
from backend.store.compare import compare
from backend.store.errors import NotFound
from backend.store.origin_differences import origin_differences
from backend.store.run_numbers import LARGEST_RUN, natural
from ols.spec.metrics import EPOCH_SECONDS, shown

router = Router(prefix="/api/compare", tags=["compare"], responses={404: {}})

MOST_RUNS = 100
METRICS = (*(each.name for each in shown("compare")), EPOCH_SECONDS)
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
_Run = Annotated[int, Query(ge=0, le=LARGEST_RUN)]


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


@router.get("", dependencies=[LARGE])
def comparison(
    database: Db,
    ids: Ids,
    names: Annotated[Text, Query(description="Comma-separated; empty: all.")] = "",
) -> Json[WholeComparison]:
    """Aligned series, what differs in the specs (by path), and each run's summary."""
    with database.read() as session:
        compared = compare(session, ids, names=split(names) or None)
        return Json({**compared, "origins": origin_differences(session, ids)})


@router.get("/results", dependencies=[LARGE])
def results_table(database: Db, ids: Ids, view: ViewAsked) -> Json[ComparedResults]:
    """A row per run, or with `results=settings` per setting: mean, deviation, n, the best marked.

    A setting is a spec apart from its seed.
    """
    with database.read() as session:
        runs = _compared(session, ids)["runs"]
    groups = settings(runs)
    by_settings = as_settings(runs, groups, view.results)
    rows = groups if by_settings else each(runs)
    table = results(runs, rows)
    return Json(
        {
            "by": "settings" if by_settings else "runs",
            "columns": [{"metric": m, "which": w, "title": title} for m, w, title in table.columns],
            "rows": [
                {**_named(runs, row), "values": [_stat(stat) for stat in stats]}
                for row, stats in zip(rows, table.rows, strict=True)
            ],
        }
    )


@router.get("/curves", dependencies=[LARGE])
def curves(database: Db, ids: Ids, view: ViewAsked) -> Json[ComparedCurves]:
    """The curves as Plotly figures, a trace per run or setting, with bands over seeds.

    Of `x=time` and `x=images` each point's `customdata` is its epoch. The bare series are those of
    `GET /api/compare`.
    """
    with database.read() as session:
        compared = _compared(session, ids)
    groups = settings(compared["runs"])
    mean = as_settings(compared["runs"], groups, view.lines)
    figures = pictures.curves(compared, groups if mean else each(compared["runs"]), view)
    return Json({"lines": "mean" if mean else "runs", "figures": dict(figures)})


@router.get("/classes", dependencies=[LARGE])
def class_accuracies(
    database: Db, ids: Ids, view: ViewAsked, format: Format = "data"
) -> Json[ComparedClasses | Figures]:
    """Accuracy of each class in the last epoch under two settings, means over their seeds.

    `ours` and `base` name a setting by its first run. `format=plotly`: the page's bars and points.
    """
    with database.read() as session:
        runs = _compared(session, ids)["runs"]
        ours, base = pair(settings(runs), view.ours, view.base)
        both = classes(session, runs, ours, base) if ours else None
    if both is None or ours is None:
        raise NotFound(f"{_NO_CLASSES}.")
    if format == "plotly":
        return _figures(pictures.class_figures_of(both, ours, base, view.bars))
    return Json(
        {
            "classes": both.names,
            "ours": {**_named(runs, ours), "accuracy": both.ours},
            "base": {**_named(runs, base), "accuracy": both.base},
        }
    )


@router.get("/reliability", dependencies=[LARGE])
def reliability(
    database: Db, ids: Ids, view: ViewAsked, format: Format = "data"
) -> Json[ComparedReliability | Figures]:
    """Accuracy against confidence in the last epoch, for each run or (`lines=mean`) setting."""
    with database.read() as session:
        runs = _compared(session, ids)["runs"]
        groups = settings(runs)
        drawn = groups if as_settings(runs, groups, view.lines) else each(runs)
        diagrams = pictures.reliability(session, runs, drawn)
    if not any(diagrams):
        raise NotFound("No run has recorded its calibration yet.")
    if format == "plotly":
        return _figures({"reliability": reliability_lines(drawn, diagrams)})
    pairs = zip(drawn, diagrams, strict=True)
    return Json({"lines": [{**_named(runs, group), **one} for group, one in pairs if one]})


@router.get("/fields", dependencies=[LARGE])
def fields_and_results(
    database: Db, ids: Ids, view: ViewAsked, format: Format = "data"
) -> Json[ComparedFields | Figures]:
    """A field against a metric, and all fields that differ; each list has a value per run."""
    with database.read() as session:
        compared = _compared(session, ids)
    columns = fields.columns(compared)
    if format == "plotly":
        scatter, parallel, _ = pictures.field_pictures(compared, columns, view)
        return _figures({"scatter": scatter, "parallel": parallel})
    field, against = fields.axes(columns, view.field, view.against)
    return Json(
        {
            "runs": [{"id": run["id"], "name": run["name"]} for run in compared["runs"]],
            "field": {"name": field, "values": columns[field]},
            "against": {"name": against, "values": columns[against]},
            "axes": [
                {"name": name, "title": fields.axis_title(name), "values": values}
                for name, values in fields.parallel(compared, columns, against)
            ],
        }
    )


def _compared(session: Session, ids: Sequence[int]) -> Comparison:
    return compare(session, ids, names=METRICS, own=True)


def _named(runs: Sequence[RunDetail], group: Group) -> NamedRuns:
    ids = [runs[place]["id"] for place in group.places]
    return {"title": group.title, "method": group.method, "runs": ids}


def _stat(stat: Stat) -> ResultStat:
    return {
        "mean": stat.mean,
        "std": stat.std,
        "n": stat.n,
        "best": stat.best,
        "epoch": stat.epoch,
    }


def _figures(figures: dict[str, Figure]) -> Json[Figures]:
    return Json({"figures": figures})
