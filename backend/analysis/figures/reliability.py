"""The reliability diagram: of the images predicted with a confidence, how many were right."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import Any

from backend.analysis.figures.figure import NEUTRAL, Figure, framed
from backend.core.palette import method_colour
from backend.schemas.runs import RunDetail

SIDES = {"raw": "As trained", "scaled": "After temperature scaling"}


def reliability_figure(
    run: RunDetail,
    side: str,
    reliability: Mapping[str, Any] | None = None,
    epoch: int | None = None,
) -> Figure:
    """One side of `GET /api/runs/{id}/reliability` at an epoch (None: its last); empty without."""
    points = _points(reliability, side, epoch) if reliability else ([], [], [], 0.0)
    centres, accuracy, share, width = points
    colour = method_colour(run["method"])
    traces = [
        _bars(centres, accuracy, "accuracy", colour, width, {}),
        {
            "type": "scatter",
            "mode": "lines",
            "x": [0, 1],
            "y": [0, 1],
            "name": "as confident as right",
            "line": {"color": NEUTRAL, "width": 1.5, "dash": "dash"},
            "hoverinfo": "skip",
            "meta": {"metric": "diagonal"},
        },
        _bars(centres, share, "share of the images", NEUTRAL, width, {"yaxis": "y2"}),
    ]
    groups = [{"id": "", "title": SIDES[side], "tickformat": ".0%", "hoverformat": ".1%"}]
    figure = framed(traces, {"tickformat": ".0%", "hoverformat": ".1%"}, groups, 1)
    _two_axes(figure["layout"])
    return figure


def _points(
    reliability: Mapping[str, Any], side: str, epoch: int | None
) -> tuple[list[float], list[float | None], list[float], float]:
    epochs, edges = reliability["epochs"], reliability["bins"]
    at = epochs.index(epoch) if epoch in epochs else len(epochs) - 1
    counts = reliability[side]["count"][at]
    total = sum(counts) or 1
    centres = [(a + b) / 2 for a, b in pairwise(edges)]
    share = [count / total for count in counts]
    return centres, list(reliability[side]["accuracy"][at]), share, 0.9 / max(1, len(counts))


def _bars(
    x: list[float], y: list[Any], name: str, colour: str, width: float, more: Mapping[str, Any]
) -> Figure:
    return {
        "type": "bar",
        "x": x,
        "y": y,
        "width": width or None,
        "name": name,
        "marker": {"color": colour, "opacity": 0.8},
        "meta": {"metric": name},
        **more,
    }


def _two_axes(layout: dict[str, Any]) -> None:
    """Accuracy above, the shares below; both from 0 to 1."""
    layout["xaxis"] |= {"range": [0, 1], "tickformat": ".0%", "hoverformat": ".0%", "anchor": "y2"}
    layout["yaxis"] |= {"range": [0, 1], "domain": [0.3, 1]}
    layout["yaxis2"] = {**layout["yaxis"], "domain": [0, 0.2], "nticks": 3}
    layout["barmode"] = "overlay"
    layout["showlegend"] = False
    layout["margin"]["t"] = 8
