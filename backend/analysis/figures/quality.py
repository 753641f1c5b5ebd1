"""Figures that say whether soft labels are any good: one small chart a question, over the epochs.

`CHARTS` says how each chart is read; the metrics on it are those of the catalogue that name it
(ols/spec/metrics.py). The page, reports and notebooks show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from backend.analysis.figures.figure import (
    NEUTRAL,
    Figure,
    axis_form,
    curve,
    epochs_of,
    framed,
    without_empty_ends,
)
from backend.core.palette import DASHES, method_colour
from backend.schemas.runs import RunDetail
from ols.spec.metric import ChartName, Metric
from ols.spec.metrics import METRICS, shown

Series = Mapping[str, Any]  # {"epochs": [...], "values": {name: [...]}}
EMPTY: Series = {"epochs": [], "values": {}}


@dataclass(frozen=True)
class Chart:
    """`reading`: how to read it."""

    id: ChartName
    reading: str
    title: str

    @property
    def measures(self) -> tuple[Metric, ...]:
        """What is drawn."""
        return shown(self.id)

    @property
    def noise(self) -> bool:
        """About wrong labels: only for runs that have some."""
        return all(measure.exists == "noise" for measure in self.measures)

    @property
    def form(self) -> dict[str, str]:
        """The axis: all measures of a chart are of one kind."""
        return axis_form(self.measures[0].kind)


CHARTS = (
    Chart(
        "entropy",
        "In nats: log K is a uniform row, 0 a hard label. It should fall and then level off above "
        "0; near 0 the soft labels say nothing about similar classes.",
        "Entropy",
    ),
    Chart(
        "target",
        "The probability that a soft label gives to its own class. Low under label noise, when the "
        "network stays unsure; close to 100%, OLS is the same as hard labels.",
        "Target probability",
    ),
    Chart(
        "partners",
        "How many other classes share the rest. Few: the soft labels name similar classes; near "
        "K − 1: they name none in particular, as label smoothing does.",
        "Effective partners",
    ),
    Chart(
        "change",
        "Total variation distance between each row and the same row one epoch earlier, on average. "
        "Settled once it is low and level; a jump often marks a step of the learning rate.",
        "Change per epoch",
    ),
    Chart(
        "kl",
        "In nats: how badly the soft labels predict the network's answers on validation images. "
        "Lower is better; a late rise means that they describe the training set.",
        "KL from the confusion",
    ),
    Chart(
        "rank",
        "Spearman's, off the diagonal: 1 if the soft labels rank the pairs of classes as the "
        "confusion does (or pairs of one superclass first), 0 if they are unrelated.",
        "Rank correlation",
    ),
    Chart(
        "leak",
        "Leak: the share of the wrong labels' mass that the soft labels repeat, 0% none, 100% all. "
        "A rise late in training means that memorised wrong labels are passed on.",
        "Leak to the noise",
    ),
    Chart(
        "memorised",
        "The share of training images with a wrong label that are predicted as that label, and the "
        "accuracy against the true labels. The wider the gap, the more robust to the noise.",
        "Memorised and clean",
    ),
    Chart(
        "apart",
        "Training accuracy against the true labels, for images with a right label and for those "
        "with a wrong one. The second falls when wrong labels are memorised.",
        "Images with right and wrong labels",
    ),
)


MEASURES = tuple(one for one in METRICS if {chart.id for chart in CHARTS} & set(one.shown))


def charts(run: RunDetail) -> tuple[Chart, ...]:
    """The charts for a run."""
    return tuple(chart for chart in CHARTS if run["noise_rate"] or not chart.noise)


def chart_figure(run: RunDetail, chart: Chart, series: Series = EMPTY) -> Figure:
    """One chart; without a series the empty axes that a page fills."""
    traces = []
    for index, measure in enumerate(chart.measures):
        x, y = without_empty_ends(series["epochs"], series["values"].get(measure.name, []))
        colour = NEUTRAL if index else method_colour(run["method"])
        line = {"color": colour, "width": 2, "dash": DASHES[index % len(DASHES)]}
        trace = curve(x, y, measure.heading, line, 1.0)
        trace["meta"] = {"run": run["id"], "metric": measure.name, "group": ""}
        traces.append(trace)
    groups = [{"id": "", "title": chart.title, **chart.form}]
    figure = framed(traces, chart.form, groups, epochs_of(run))
    figure["layout"]["showlegend"] = False  # the caption names the lines, with their values
    figure["layout"]["margin"]["t"] = 8
    if any(measure.kind == "correlation" for measure in chart.measures):
        figure["layout"]["yaxis"]["rangemode"] = "normal"  # it may be below 0
    return figure


def quality_figures(run: RunDetail, series: Series = EMPTY) -> dict[str, Figure]:
    """All charts of a run by their id."""
    return {chart.id: chart_figure(run, chart, series) for chart in charts(run)}
