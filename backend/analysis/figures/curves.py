"""Plotly figures of a run and of a comparison, built once and shared by pages and reports.

A figure here is plain JSON (`data`, `layout`), so the web process never loads plotly's Python
package for a page; `figure()` makes a plotly Figure of it for reports and notebooks, and a test
validates them that way. Each trace says in `meta` what it shows: {"run", "metric", "group"}, so
that the page can extend it when an epoch ends and switch between groups (metrics with one axis).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.core.palette import method_colour

Figure = dict[str, Any]

# id, title of the switch, metric names, axis format, axis title, fixed range
# `memorised`: the share of wrong labels that the network predicts as they were given.
PERCENT = {"tickformat": ".1~%", "hoverformat": ".1%"}  # 74.5% where ticks stand that close
PLAIN = {"tickformat": "", "hoverformat": ".4f"}

TITLES = {
    "train_loss": "train loss",
    "val_loss": "val loss",
    "train_top1": "train top-1",
    "val_top1": "val top-1",
    "val_top5": "val top-5",
    "val_ece": "val ECE",
    "train_clean_top1": "train (true labels)",
    "train_memorized": "memorised",
    "lr": "learning rate",
}

# How the lines of one run differ: the validated metric is the solid one in the method's colour.
_STYLES: dict[str, dict[str, Any]] = {
    "val_top1": {"width": 2.4, "dash": "solid", "opacity": 1.0},
    "val_loss": {"width": 2.4, "dash": "solid", "opacity": 1.0},
    "val_ece": {"width": 2.4, "dash": "solid", "opacity": 1.0},
    "train_top1": {"width": 1.6, "dash": "dash", "opacity": 0.75},
    "train_loss": {"width": 1.6, "dash": "dash", "opacity": 0.75},
    "train_clean_top1": {"width": 1.6, "dash": "dot", "opacity": 0.75},
    "train_memorized": {"width": 1.6, "dash": "dashdot", "opacity": 0.75},
    "lr": {"width": 1.8, "dash": "solid", "opacity": 1.0},
}
NEUTRAL = "#7d8894"  # of lines that are not the method's result
_COLOURED = ("val_top1", "val_loss", "val_ece", "train_top1", "train_loss")


def accuracy_figure(run: Mapping[str, Any], series: Mapping[str, Any]) -> Figure:
    """Accuracies of one run; with label noise also the true and the memorised ones."""
    names = [
        name
        for name in ("val_top1", "train_top1", "train_clean_top1", "train_memorized")
        if name in ("val_top1", "train_top1") or name in series["names"] or run["noise_rate"]
    ]
    traces = [_trace(run, series, name, "accuracy") for name in names]
    return framed(
        traces, PERCENT, [{"id": "accuracy", "title": "Accuracy", **PERCENT}], epochs_of(run)
    )


def loss_figure(run: Mapping[str, Any], series: Mapping[str, Any]) -> Figure:
    """Losses of one run; its calibration error and learning rate behind a switch."""
    groups = [
        {"id": "loss", "title": "Loss", **PLAIN},
        {"id": "ece", "title": "ECE", **PERCENT},
        {"id": "lr", "title": "Learning rate", "tickformat": "", "hoverformat": ".3g"},
    ]
    shown = (("val_loss", "loss"), ("train_loss", "loss"), ("val_ece", "ece"), ("lr", "lr"))
    traces = [_trace(run, series, name, group) for name, group in shown]
    for trace in traces:
        trace["visible"] = trace["meta"]["group"] == "loss"
    return framed(traces, PLAIN, groups, epochs_of(run))


# The train loss is each method's own, so it says whether a run learns, not which method is better.
COMPARED = (
    ("val_top1", PERCENT),
    ("val_top5", PERCENT),
    ("val_loss", PLAIN),
    ("val_ece", PERCENT),
    ("train_loss", PLAIN),
    ("train_top1", PERCENT),
    ("train_memorized", PERCENT),
)


def single(traces: list[Figure], title: str, tickformat: str) -> Figure:
    """A figure without a switch, whose x axis counts no epochs."""
    form = PERCENT if tickformat == ".0%" else {**PLAIN, "tickformat": tickformat}
    return framed(traces, form, [{"id": "", "title": title, **form}], 1)


def figure(plain: Figure) -> Any:
    """A plotly Figure of one of the figures above, validated; for reports and notebooks."""
    import plotly.graph_objects as go  # here, for pages do without it

    return go.Figure(data=plain["data"], layout=plain["layout"])


def epochs_of(run: Mapping[str, Any]) -> int:
    return max(1, int(run["progress"]["epochs"]))


def _trace(run: Mapping[str, Any], series: Mapping[str, Any], name: str, group: str) -> Figure:
    style = _STYLES[name]
    x, y = known(series["epochs"], series["values"].get(name, []))
    colour = method_colour(run["method"]) if name in _COLOURED else NEUTRAL
    line = {"color": colour, "width": style["width"], "dash": style["dash"]}
    title = TITLES[name]
    if name.startswith("val_"):
        title += f" ({run['eval_on']})"
    trace = curve(x, y, title, line, style["opacity"])
    trace["meta"] = {"run": run["id"], "metric": name, "group": group}
    return trace


def known(
    epochs: Sequence[int], values: Sequence[float | None]
) -> tuple[list[int], list[float | None]]:
    """Without the ends where a run has no value; holes within stay holes."""
    pairs = list(zip(epochs, values, strict=False))
    while pairs and pairs[-1][1] is None:
        pairs.pop()
    return [epoch for epoch, _ in pairs], [value for _, value in pairs]


def curve(
    x: list[int], y: list[float | None], name: str, line: Mapping[str, Any], opacity: float
) -> Figure:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": x,
        "y": y,
        "name": name,
        "line": dict(line),
        "opacity": opacity,
        # Small markers keep a run of one epoch visible.
        "marker": {"size": 4 if len(x) < 60 else 1},
        "connectgaps": False,
    }


def framed(
    traces: list[Figure], form: Mapping[str, str], groups: list[Figure], epochs: int
) -> Figure:
    """Margins and the epochs' axis are fixed, so that nothing moves while a run goes on."""
    grid = "rgba(125,136,148,0.22)"
    axis = {"gridcolor": grid, "zeroline": False, "linecolor": grid, "automargin": False}
    layout = {
        "margin": {"l": 46, "r": 12, "t": 26, "b": 28},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 11, "color": "#6b7680"},
        "hovermode": "x unified",
        "hoverlabel": {"font": {"size": 11}, "namelength": 32},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.01,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"size": 10},
            "itemwidth": 30,
            "entrywidth": 0,
        },
        "xaxis": {
            **axis,
            "range": [0, epochs * 1.02],
            "hoverformat": "d",
            "tickformat": "d",
            # Of a few epochs Plotly would mark halves, and call them 1, 1, 2, 2.
            **({"dtick": 1} if 1 < epochs <= 10 else {}),
        },
        "yaxis": {**axis, **form, "rangemode": "nonnegative"},
        "uirevision": "keep",
        "showlegend": True,
    }
    return {"data": traces, "layout": layout, "groups": groups}
