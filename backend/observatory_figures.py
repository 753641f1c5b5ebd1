"""Figures of the soft labels, built once for reports and notebooks: plain JSON, as backend.figures.

A heatmap has a frame per epoch and a slider. Probabilities are coloured by their logarithm, in a
scale that is safe for colour blindness (cividis); hovering gives the value itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backend.figures import Figure

Array = NDArray[np.float64]

LOWEST = 1e-4  # what is below is as dark as this
_TICKS = (1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#7d8894")


def heatmap_figure(
    matrices: Sequence[Array], epochs: Sequence[int], names: Sequence[str], title: str
) -> Figure:
    """(K, K) matrices of probabilities, one per epoch; the last is shown first."""
    found = _with_layout(title, [_heatmap(matrices[-1], names)], "predicted", "target")
    found["frames"] = [
        {"name": str(epoch), "data": [_heatmap(matrix, names)]}
        for matrix, epoch in zip(matrices, epochs, strict=True)
    ]
    layout = found["layout"]
    layout["yaxis"] |= {"autorange": "reversed", "scaleanchor": "x", "constrain": "domain"}
    layout["xaxis"] |= {"constrain": "domain", "side": "top"}
    layout["height"] = 800
    _slide(layout, epochs)
    return found


def quality_figures(quality: Mapping[str, Any]) -> list[Figure]:
    """One small figure for each measure of `GET /api/runs/{id}/quality`."""
    found = []
    for place, measure in enumerate(quality["measures"]):
        values = quality["values"][measure["name"]]
        line = _line(quality["epochs"], values, measure["title"], place)
        unit = "%" if measure["unit"] == "share" else measure["unit"]
        figure = _with_layout(measure["title"], [line], "epoch", unit)
        if measure["unit"] == "share":
            figure["layout"]["yaxis"]["tickformat"] = ".0%"
        figure["layout"] |= {"height": 260, "showlegend": False}
        found.append(figure)
    return found


def reliability_figure(reliability: Mapping[str, Any], places: Sequence[int]) -> Figure:
    """The diagrams of some of its epochs, the last first, with a slider.

    Before and after temperature scaling, and the diagonal.
    """
    epochs = [reliability["epochs"][place] for place in places]
    traces = [_diagram(reliability, place) for place in places]
    figure = _with_layout(
        f"Reliability ({reliability['split']})", traces[-1], "confidence", "accuracy"
    )
    figure["frames"] = [
        {"name": str(epoch), "data": data} for epoch, data in zip(epochs, traces, strict=True)
    ]
    layout = figure["layout"]
    for axis in ("xaxis", "yaxis"):
        layout[axis] |= {"range": [0, 1], "tickformat": ".0%"}
    layout["height"] = 620
    layout["legend"] = {"orientation": "h", "y": 1, "yanchor": "bottom"}
    layout["title"] |= {"y": 0.98, "yanchor": "top"}
    layout["margin"]["t"] = 90
    _slide(layout, epochs, below=50)
    return figure


def _diagram(reliability: Mapping[str, Any], index: int) -> list[dict[str, Any]]:
    diagonal = _line([0, 1], [0, 1], "calibrated", 6)
    diagonal["line"]["dash"] = "dot"
    traces = [diagonal]
    for place, (form, title) in enumerate((("raw", "as trained"), ("scaled", "scaled"))):
        part = reliability[form]
        ece = part["ece"][index]
        name = title if ece is None else f"{title}, ECE {ece:.1%}"
        trace = _line(part["confidence"][index], part["accuracy"][index], name, place)
        trace["customdata"] = part["count"][index]
        trace["hovertemplate"] = "confidence %{x:.1%}<br>accuracy %{y:.1%}<br>%{customdata} samples"
        traces.append(trace)
    return traces


def class_figure(detail: Mapping[str, Any]) -> Figure:
    """A class over the epochs: its target probability, accuracy and strongest partners."""
    epochs = detail["epochs"]
    traces = [
        _line(epochs, detail["target"], f"{detail['name']} (its own)", 0),
        _line(epochs, detail["accuracy"], "validation accuracy", 6),
    ]
    traces[1]["line"]["dash"] = "dash"
    for place, partner in enumerate(detail["partners"]):
        traces.append(_line(epochs, partner["values"], partner["name"], place + 1))
    figure = _with_layout(f"Class {detail['name']}", traces, "epoch", "probability")
    figure["layout"]["yaxis"] |= {"type": "log", "tickformat": ".0%"}
    return figure


def _heatmap(matrix: Array, names: Sequence[str]) -> dict[str, Any]:
    # As float32: plotly sends a NumPy array as base64, a third of the digits' length.
    values = np.asarray(matrix, np.float32)
    return {
        "type": "heatmap",
        "x": list(names),
        "y": list(names),
        "z": np.log10(np.maximum(values, LOWEST)).astype(np.float32),
        "customdata": values,
        "zmin": float(np.log10(LOWEST)),
        "zmax": 0.0,
        "colorscale": "Cividis",
        "colorbar": {
            "tickvals": np.log10(_TICKS).tolist(),
            "ticktext": [f"{tick:.2%}".replace(".00%", "%") for tick in _TICKS],
        },
        "hovertemplate": "%{y} → %{x}<br>%{customdata:.3%}<extra></extra>",
    }


def _line(x: Sequence[Any], y: Sequence[Any], name: str, place: int) -> dict[str, Any]:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(x),
        "y": list(y),
        "name": name,
        "line": {"color": _COLOURS[place % len(_COLOURS)], "width": 2},
        "marker": {"size": 4},
    }


def _slide(layout: dict[str, Any], epochs: Sequence[int], below: int = 0) -> None:
    """A slider over the frames, some pixels below the plot, and its buttons; none for one epoch."""
    if len(epochs) < 2:
        return
    steps = [_step(epoch) for epoch in epochs]
    where = {"x": 0, "len": 1, "pad": {"t": below}}
    now = {"active": len(steps) - 1, "currentvalue": {"prefix": "epoch "}}
    layout["sliders"] = [{"steps": steps, **now, **where}]
    layout["updatemenus"] = [_play(below + _SLIDER)]


_SLIDER = 80  # its height in pixels


def _step(epoch: int) -> dict[str, Any]:
    now = {"mode": "immediate", "frame": {"duration": 0}, "transition": {"duration": 0}}
    return {"label": str(epoch), "method": "animate", "args": [[str(epoch)], now]}


def _play(below: int) -> dict[str, Any]:
    play = {"frame": {"duration": 120}, "transition": {"duration": 0}, "fromcurrent": True}
    stop = {"mode": "immediate", "frame": {"duration": 0}}
    buttons = [
        {"label": "Play", "method": "animate", "args": [None, play]},
        {"label": "Pause", "method": "animate", "args": [[None], stop]},
    ]
    where = {"x": 0, "y": 0, "xanchor": "left", "yanchor": "top", "pad": {"t": below}}
    return {"type": "buttons", "direction": "left", "buttons": buttons, **where}


def _with_layout(title: str, traces: list[Any], x: str, y: str) -> Figure:
    grid = "rgba(125,136,148,0.22)"
    axis = {"gridcolor": grid, "zeroline": False}
    layout: dict[str, Any] = {
        "title": {"text": title, "font": {"size": 14}},
        "margin": {"l": 60, "r": 20, "t": 60, "b": 50},
        "font": {"family": "system-ui, sans-serif", "size": 12},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "xaxis": {**axis, "title": {"text": x}},
        "yaxis": {**axis, "title": {"text": y}},
    }
    return {"data": traces, "layout": layout}
