"""Figures with a frame per epoch and a slider, for reports and notebooks, which have no player.

A heatmap's probabilities are coloured by their logarithm, in the pages' own colours and from their
floor on; hovering gives the value itself. All else is the pages' own figures.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from backend.analysis.figures.figure import Figure
from backend.analysis.figures.reliability import SIDES, reliability_figure
from backend.core import late_numpy as np
from backend.core.palette import PROBABILITIES
from backend.schemas.runs import RunDetail

if TYPE_CHECKING:
    from numpy.typing import NDArray

Array: TypeAlias = "NDArray[np.float64]"

_TICKS = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
_COLOURS = [
    [place / (len(PROBABILITIES) - 1), colour] for place, colour in enumerate(PROBABILITIES)
]


def floor_for(classes: int) -> float:
    """A tenth of an even share, rounded down to 1, 2 or 5 times a power of ten: what lies below it
    differs by chance and is drawn like 0 (`floorFor` of frontend/static/js/pure/colour.js)."""
    tenth = 1 / (10 * classes) * (1 + 1e-9)
    power = 10.0 ** math.floor(math.log10(tenth))
    return max(step * power for step in (1, 2, 5) if step * power <= tenth)


def heatmap_figure(
    matrices: Sequence[Array], epochs: Sequence[int], names: Sequence[str], title: str
) -> Figure:
    """(K, K) matrices of probabilities, one per epoch; the last is shown first."""
    film = _with_layout(title, [_heatmap(matrices[-1], names)], "predicted", "target")
    film["frames"] = [
        {"name": str(epoch), "data": [_heatmap(matrix, names)]}
        for matrix, epoch in zip(matrices, epochs, strict=True)
    ]
    layout = film["layout"]
    layout["yaxis"] |= {"autorange": "reversed", "scaleanchor": "x", "constrain": "domain"}
    layout["xaxis"] |= {"constrain": "domain", "side": "top"}
    layout["height"] = 800
    _slide(layout, epochs)
    return film


def reliability_film(
    run: RunDetail, reliability: Mapping[str, Any], side: str, places: Sequence[int]
) -> Figure:
    """The page's diagram of one side for some of its epochs, the last first."""
    epochs = [reliability["epochs"][place] for place in places]
    shown = [reliability_figure(run, side, reliability, epoch) for epoch in epochs]
    titles = [_with_ece(side, reliability[side]["ece"][place]) for place in places]
    film = stand_alone(shown[-1], titles[-1], height=420)
    film["frames"] = [
        {"name": str(epoch), "data": one["data"], "layout": {"title": {"text": title}}}
        for epoch, one, title in zip(epochs, shown, titles, strict=True)
    ]
    _slide(film["layout"], epochs, below=30)
    return film


def stand_alone(figure: Figure, title: str, *, height: int) -> Figure:
    """A figure of a page, for where nothing around it says what it is."""
    lines = [
        {**trace, "visible": trace["visible"] or "legendonly"} if "visible" in trace else trace
        for trace in figure["data"]
    ]
    layout = {**figure["layout"], "title": {"text": title, "font": {"size": 14}}, "height": height}
    layout["margin"] = {**layout["margin"], "t": 70}
    if sum(trace["type"] == "scatter" for trace in lines) > 1:
        layout["showlegend"] = True
    return {"data": lines, "layout": layout}


def _with_ece(side: str, ece: float | None) -> str:
    return SIDES[side] if ece is None else f"{SIDES[side]}, ECE {ece:.1%}"


def _heatmap(matrix: Array, names: Sequence[str]) -> dict[str, Any]:
    # As float32: plotly sends a NumPy array as base64, a third of the digits' length.
    values = np.asarray(matrix, np.float32)
    floor = floor_for(len(names))
    ticks = [floor, *(tick for tick in _TICKS if tick > 1.5 * floor)]
    return {
        "type": "heatmap",
        "x": list(names),
        "y": list(names),
        "z": np.log10(np.maximum(values, floor)).astype(np.float32),
        "customdata": values,
        "zmin": float(np.log10(floor)),
        "zmax": 0.0,
        "colorscale": _COLOURS,
        "colorbar": {
            "tickvals": np.log10(ticks).tolist(),
            "ticktext": [f"{100 * tick:g}%" for tick in ticks],
        },
        "hovertemplate": "%{y} → %{x}<br>%{customdata:.3%}<extra></extra>",
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
