"""Curves of several runs, with bands over seeds.

A group is one setting under one or more seeds; it has its method's colour, and a dash of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from backend.analysis.comparison.prefixes import shared_before
from backend.analysis.comparison.settings import Group
from backend.analysis.figures.bands import around, band
from backend.analysis.figures.figure import Figure, axis_form, epochs_of, framed, line_mode
from backend.analysis.tables.curves import mean_curve, smoothed
from backend.core import late_numpy as np
from backend.core.palette import dashes, method_colour
from backend.schemas.compare import Comparison
from backend.schemas.runs import RunRow
from backend.store.compare import own_metrics
from backend.store.thinning import LEAST, thinned
from ols.spec.metric import Metric
from ols.spec.metrics import EPOCH_SECONDS, shown
from ols.spec.metrics import metric as metric_of

MOST_NAMES = 12
MOST_POINTS = 6_000  # of one metric: more lines make a page slow, and no screen has the pixels

_UNITS = {
    "time": ("minutes of training", {"tickformat": "", "hoverformat": ".2f"}),
    "images": ("images seen", {"tickformat": "~s", "hoverformat": ".3~s"}),
}


@dataclass(frozen=True)
class CurveStyle:
    """How curves are drawn."""

    x: str = "epoch"
    log: bool = False
    smooth: float = 0.0
    metric: str = ""  # shown first


def curves_figure(
    comparison: Comparison, groups: Sequence[Group], style: CurveStyle, metric: str = ""
) -> Figure:
    """A line per group, with a band where it has several runs; one metric, or all with a switch."""
    runs, series, epochs = comparison["runs"], comparison["series"], comparison["epochs"]
    metrics = [each for each in drawn_metrics(runs) if each.name == metric or not metric]
    names = [m.name for m in metrics]
    first = style.metric if style.metric in names else names[0]
    styles = dashes([group.method for group in groups])
    xs = x_values(comparison, style.x)
    trained = [_trained_epochs(series, epochs, place) for place in range(len(runs))]
    # What a fork shares with another of these runs is drawn once: its line begins where it leaves.
    branches = [shared_before(runs, place) for place in range(len(runs))]
    most = max(LEAST, MOST_POINTS // max(1, len(groups)))
    traces: list[Figure] = []
    for name in names:
        columns = series.get(name) or [[None] * len(epochs)] * len(runs)
        columns = [
            [None if epoch < first else value for epoch, value in zip(epochs, column, strict=True)]
            for first, column in zip(branches, columns, strict=True)
        ]
        for group, dash in zip(groups, styles, strict=True):
            for trace in _lines(group, columns, xs, epochs, trained, style, most, dash):
                trace["meta"] |= {"metric": name, "group": name}
                traces.append(trace | {"visible": name == first})
    heads = [{"id": m.name, "title": m.short, **axis_form(m.kind)} for m in metrics]
    figure = framed(traces, axis_form(metrics[names.index(first)].kind), heads, 1)
    figure["group"] = first
    _style_axes(figure["layout"], style, xs, _epochs_to_come(runs, epochs))
    # Beside several charts stands one legend; one larger than the curves helps nobody.
    if metric or len(groups) > MOST_NAMES:
        figure["layout"] |= {"showlegend": False, "hovermode": "closest"}
    return figure


def drawn_metrics(runs: Sequence[RunRow]) -> list[Metric]:
    """What can be compared epoch by epoch: the usual metrics, and those of loops of their own."""
    noisy = any(run["noise_rate"] for run in runs)
    usual = [each for each in shown("compare") if each.every_epoch(noisy=noisy)]
    own = [metric_of(name) for name in own_metrics(runs)]
    if all(run["spec"] is None for run in runs):  # then what none of them measured is no picture
        usual = [each for each in usual if any(each.name in run["summary"] for run in runs)]
    return [*usual, *(each for each in own if each not in usual)] or list(shown("compare"))


def _epochs_to_come(runs: Sequence[RunRow], epochs: Sequence[int]) -> int:
    """As many as the longest run has or will have."""
    return max([epochs_of(run) or 1 for run in runs] + [*epochs[-1:]])


def _style_axes(
    layout: dict[str, Any],
    style: CurveStyle,
    xs: Sequence[Sequence[float | None]],
    epochs: int,
) -> None:
    reached = max((x for each in xs for x in each if x is not None), default=1)
    top = epochs if style.x == "epoch" else reached  # nothing moves while a run trains
    layout["xaxis"] |= {"range": [0, 1.02 * top]}
    if style.x == "epoch" and top <= 10:
        layout["xaxis"] |= {"dtick": 1}
    if style.x in _UNITS:
        title, form = _UNITS[style.x]
        layout["xaxis"] |= {"title": {"text": title, "standoff": 6, "font": {"size": 10}}} | form
        layout["margin"]["b"] = 44
    if style.log:
        layout["yaxis"] |= {"type": "log"}


def x_values(comparison: Comparison, axis: str) -> list[list[float | None]]:
    """For each run the place of each shared epoch; None where it cannot be known."""
    epochs, runs = comparison["epochs"], comparison["runs"]
    if axis == "time":
        columns = comparison["series"].get(EPOCH_SECONDS) or [[None] * len(epochs)] * len(runs)
        return [_summed(column) for column in columns]
    if axis == "images":
        sizes = [run["info"].get("train_size") for run in runs]
        return [[epoch * size if size else None for epoch in epochs] for size in sizes]
    return [list(map(float, epochs)) for _ in runs]


def _summed(seconds: Sequence[float | None]) -> list[float | None]:
    """Minutes until the end of each epoch."""
    minutes: list[float | None] = []
    total = 0.0
    for value in seconds:
        total += (value or 0.0) / 60
        minutes.append(total if value is not None else None)
    return minutes


def _lines(
    group: Group,
    columns: Sequence[Sequence[float | None]],
    xs: Sequence[Sequence[float | None]],
    epochs: Sequence[int],
    trained: Sequence[frozenset[int]],
    style: CurveStyle,
    most: int,
    dash: str,
) -> list[Figure]:
    """The mean line, and its band where there are several runs."""
    curve = mean_curve([_recorded(epochs, columns[place]) for place in group.places])
    at = _across([_recorded(epochs, xs[place]) for place in group.places])
    known = curve["epochs"]
    lost = _lost(known, [trained[place] for place in group.places])
    mean = smoothed(curve["mean"], style.smooth)
    kept = {known[place] for place in thinned(np.array(mean), most)}
    drawn = sorted(epoch for epoch in kept | lost if epoch in at)
    x = [_six_digits(at[epoch]) for epoch in drawn]
    around_it = (smoothed(edge, style.smooth) for edge in around(curve["mean"], curve["std"]))
    means, lows, highs = (dict(zip(known, line, strict=True)) for line in (mean, *around_it))
    colour = method_colour(group.method)
    one = len(group.places) == 1
    line: Figure = {
        "type": "scatter",
        "mode": line_mode(len(x)),
        "x": x,
        "y": [_short(means.get(epoch)) for epoch in drawn],
        "name": group.title if one else f"{group.title} (n = {curve['n']})",
        "line": {"color": colour, "width": 2, "dash": dash},
        "opacity": 1.0,
        "marker": {"size": 4},
        "connectgaps": False,
        "meta": {"run": group.first} if one else {"setting": group.first},
    }
    if style.x != "epoch":  # the page's one cursor is an epoch
        line["customdata"] = drawn
    if one:
        return [line]
    edges = [[_short(edge.get(epoch)) for epoch in drawn] for edge in (lows, highs)]
    return [band(x, edges[0], edges[1], colour, {"setting": group.first}), line]


def _trained_epochs(
    series: Mapping[str, Sequence[Sequence[float | None]]], epochs: Sequence[int], place: int
) -> frozenset[int]:
    """The epochs of a run, whichever of its metrics are numbers in them."""
    columns = [columns[place] for columns in series.values()]
    return frozenset(
        epoch
        for epoch, *values in zip(epochs, *columns, strict=True)
        if values.count(None) < len(values)
    )


def _lost(known: Sequence[int], trained: Sequence[frozenset[int]]) -> set[int]:
    """Epochs without a number between two that have one: a gap, which a line must not cross."""
    if not known:
        return set()
    return {e for e in frozenset().union(*trained) if known[0] < e < known[-1]} - set(known)


def _across(places: Sequence[Mapping[int, float]]) -> Mapping[int, float]:
    """Where each epoch lies: by the mean step to it, for one run may be faster than another.

    A mean of the places themselves would go back where a slow run ends before a fast one.
    """
    if all(each == places[0] for each in places):
        return places[0]
    steps = [
        dict(zip(each, np.diff([*each.values()], prepend=0.0), strict=True)) for each in places
    ]
    curve = mean_curve(steps)
    return dict(zip(curve["epochs"], np.cumsum(curve["mean"]).tolist(), strict=True))


def _recorded(epochs: Sequence[int], values: Sequence[float | None]) -> dict[int, float]:
    return {e: v for e, v in zip(epochs, values, strict=False) if v is not None}


def _short(value: float | None) -> float | None:
    return None if value is None else _six_digits(value)


def _six_digits(value: float) -> float:
    """No line is drawn more exactly, and the page is half as long."""
    return float(f"{value:.6g}")
