"""The comparison's figures, as its address asks for them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from backend.analysis.comparison import fields
from backend.analysis.comparison.class_accuracy import Classes, classes
from backend.analysis.comparison.figures.classes import class_figures
from backend.analysis.comparison.figures.curves import (
    MOST_NAMES,
    MOST_POINTS,
    CurveStyle,
    curves_figure,
    drawn_metrics,
)
from backend.analysis.comparison.figures.fields import Axis, field_figure, parallel_figure
from backend.analysis.comparison.figures.reliability import reliability_lines
from backend.analysis.comparison.figures.steps import steps_figure
from backend.analysis.comparison.settings import Group, as_settings, each, pair, settings
from backend.analysis.comparison.view import MANY, View
from backend.analysis.figures.figure import Figure
from backend.analysis.targets import title_of_target
from backend.core.palette import dashes, method_colour
from backend.schemas.compare import Comparison
from backend.schemas.quality import PooledReliability
from backend.schemas.runs import RunDetail
from backend.store import compare_last_epoch, metrics
from ols.spec.metrics import ACCURACY

Line = tuple[str, str, str]  # title, method and dash of a line that no chart names


@dataclass(frozen=True)
class Pictures:
    """Figures, and what can be chosen among for them."""

    lines: str
    live: bool  # a new epoch extends the curves as they stand
    curves: list[tuple[str, Figure]]
    steps: Figure | None  # where a loop of its own logged by step
    legend: list[Line]
    classes: dict[str, Figure]  # `bars` and `points`, or nothing
    class_count: int
    reliability: Figure | None
    calibration: list[tuple[Line, float]]  # its lines with their ECE, the lowest first
    scatter: Figure
    parallel: Figure
    settings: list[Group]
    ours: int
    base: int
    fields: list[str]
    field: str
    against: str


def pictures(session: Session, comparison: Comparison, view: View) -> Pictures:
    """All of them; at least one run is there."""
    runs = comparison["runs"]
    groups = settings(runs)
    mean = as_settings(runs, groups, view.lines)
    drawn = groups if mean else each(runs)
    ours, base = pair(groups, view.ours, view.base)
    both = classes(session, runs, ours, base) if ours else None
    calibrated = reliability(session, runs, drawn)
    columns = fields.columns(comparison)
    scatter, parallel, (field, against) = field_pictures(comparison, columns, view)
    return Pictures(
        lines="mean" if mean else "runs",
        live=not mean and view.x == "epoch" and not view.smooth and len(runs) <= MANY,
        curves=curves(comparison, drawn, view),
        steps=steps(session, runs, view.metric),
        legend=legend(drawn) if view.layout == "each" or len(drawn) > MOST_NAMES else [],
        classes=class_figures_of(both, ours, base, view.bars) if both and ours else {},
        class_count=len(both.names) if both else 0,
        reliability=reliability_lines(drawn, calibrated) if any(calibrated) else None,
        calibration=_calibration(drawn, calibrated),
        scatter=scatter,
        parallel=parallel,
        settings=groups,
        ours=ours.first if ours else 0,
        base=base.first,
        fields=list(columns),
        field=field,
        against=against,
    )


def curves(comparison: Comparison, drawn: Sequence[Group], view: View) -> list[tuple[str, Figure]]:
    """One chart with a switch, or a chart per metric."""
    style = CurveStyle(view.x, view.y == "log", view.smooth, view.metric)
    if view.layout == "together":
        return [("compare-chart", curves_figure(comparison, drawn, style))]
    names = [each.name for each in drawn_metrics(comparison["runs"])]
    names = [name for name in names if name in comparison["series"]] or [ACCURACY]
    return [(f"compare-{name}", curves_figure(comparison, drawn, style, name)) for name in names]


def steps(session: Session, runs: Sequence[RunDetail], metric: str) -> Figure | None:
    """What was logged by step, a line per run."""
    logged = [group for group in each(runs) if runs[group.places[0]]["source"] == "logged"]
    most = MOST_POINTS // max(1, len(logged))
    by_run = [metrics.step_curves(session, group.first, most) for group in logged]
    return steps_figure(logged, by_run, metric)


def class_figures_of(accuracies: Classes, ours: Group, base: Group, bars: int) -> dict[str, Figure]:
    """`bars` and `points`; of the bars at most so many, 0: all."""
    titles = ours.title, base.title
    colour = method_colour(ours.method)
    return class_figures(
        accuracies.names,
        accuracies.ours,
        accuracies.base,
        titles,
        colour,
        bars or len(accuracies.names),
    )


def reliability(
    session: Session, runs: Sequence[RunDetail], groups: Sequence[Group]
) -> list[PooledReliability | None]:
    """Each group's diagram, its runs' predictions taken together."""
    return [
        compare_last_epoch.pooled_reliability(
            session, [runs[place]["id"] for place in group.places]
        )
        for group in groups
    ]


def field_pictures(
    comparison: Comparison, columns: fields.Columns, view: View
) -> tuple[Figure, Figure, tuple[str, str]]:
    """The scatter, the parallel coordinates, and the scatter's two columns."""
    runs = comparison["runs"]
    field, against = fields.axes(columns, view.field, view.against)
    scatter = field_figure(
        runs,
        columns[field],
        columns[against],
        title_of_target(field),
        against.rpartition(".")[0],
        f"{title_of_target(against)} against {title_of_target(field)}",
        share=fields.is_share(field),
    )
    axes = fields.parallel(comparison, columns, against)
    parallel = parallel_figure(
        runs, [Axis(fields.axis_title(n), values, fields.is_share(n)) for n, values in axes]
    )
    return scatter, parallel, (field, against)


def legend(drawn: Sequence[Group]) -> list[Line]:
    """Which line is which."""
    styles = dashes([group.method for group in drawn])
    return [(group.title, group.method, dash) for group, dash in zip(drawn, styles, strict=True)]


def _calibration(
    drawn: Sequence[Group], diagrams: Sequence[Mapping[str, Any] | None]
) -> list[tuple[Line, float]]:
    lines = zip(legend(drawn), diagrams, strict=True)
    return sorted(((line, d["ece"]) for line, d in lines if d), key=lambda one: one[1])
