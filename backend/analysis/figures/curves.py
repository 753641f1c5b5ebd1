"""The curves of one run, epoch by epoch: accuracies, losses, calibration, learning rate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.analysis.figures.figure import (
    NEUTRAL,
    PLAIN,
    Figure,
    axis_form,
    curve,
    epochs_of,
    framed,
    without_empty_ends,
)
from backend.core.palette import method_colour
from backend.schemas.runs import RunDetail, RunParent
from ols.spec.metric import CURVES, ChartName, Metric
from ols.spec.metrics import shown

# How the lines of one chart differ: the first, validated one is solid.
_STYLES: tuple[dict[str, Any], ...] = (
    {"width": 2.4, "dash": "solid", "opacity": 1.0},
    {"width": 1.6, "dash": "dash", "opacity": 0.75},
    {"width": 1.6, "dash": "dot", "opacity": 0.75},
    {"width": 1.6, "dash": "dashdot", "opacity": 0.75},
)
_COLOURED = 2  # lines of a chart that are: validation and training


def accuracy_figure(
    run: RunDetail, series: Mapping[str, Any], parent: Mapping[str, Any] | None = None
) -> Figure:
    """Accuracies of one run; with label noise also the true and the memorised ones.

    `parent`: the series of the run that a fork continues, whose later epochs branch off.
    """
    return _switched(run, series, ["accuracy"], parent)


def loss_figure(
    run: RunDetail, series: Mapping[str, Any], parent: Mapping[str, Any] | None = None
) -> Figure:
    """Losses of one run; its calibration error and learning rate behind a switch."""
    return _switched(run, series, [chart for chart in CURVES if chart != "accuracy"], parent)


def _switched(
    run: RunDetail,
    series: Mapping[str, Any],
    charts: Sequence[ChartName],
    parent: Mapping[str, Any] | None,
) -> Figure:
    """The run's curves of these charts, one at a time."""
    noisy, there = bool(run["noise_rate"]), series["names"]
    traces: list[Figure] = []
    groups: list[Figure] = []
    for chart in charts:
        metrics = [m for m in shown(chart) if m.every_epoch(noisy=noisy) or m.name in there]
        for place, metric in enumerate(metrics):
            trace = _trace(run, series, metric, place)
            trace["meta"]["group"] = chart
            traces.append(trace | {"visible": chart == charts[0]})
        if parent and run["parent"]:
            branch = _branch(run["parent"], parent, metrics[0])
            branch["meta"]["group"] = chart
            traces.append(branch | {"visible": chart == charts[0]})
        groups.append({"id": chart, "title": CURVES[chart], **axis_form(metrics[0].kind)})
    form = {key: groups[0][key] for key in PLAIN}
    return framed(traces, form, groups, epochs_of(run))


def _branch(parent: RunParent, series: Mapping[str, Any], metric: Metric) -> Figure:
    """What the parent did after the fork; up to there the two are one line."""
    values = dict(zip(series["epochs"], series["values"].get(metric.name, []), strict=False))
    after = {epoch: value for epoch, value in values.items() if epoch >= parent["epoch"]}
    x, y = without_empty_ends(list(after), list(after.values()))
    line = {"color": NEUTRAL, "width": 1.6, "dash": "longdash"}
    trace = curve(x, y, f"{metric.short} of run #{parent['run']}", line, 0.9)
    trace["meta"] = {"run": parent["run"], "metric": metric.name}
    return trace


def _trace(run: RunDetail, series: Mapping[str, Any], metric: Metric, place: int) -> Figure:
    style = _STYLES[place % len(_STYLES)]
    x, y = without_empty_ends(series["epochs"], series["values"].get(metric.name, []))
    coloured = metric.split and place < _COLOURED
    colour = method_colour(run["method"]) if coloured else NEUTRAL
    line = {"color": colour, "width": style["width"], "dash": style["dash"]}
    title = f"{metric.short} ({run['eval_on']})" if metric.split == "val" else metric.short
    trace = curve(x, y, title, line, style["opacity"])
    trace["meta"] = {"run": run["id"], "metric": metric.name}
    return trace
