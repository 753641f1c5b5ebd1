"""The histogram of an audit's score, with the border between right and wrong labels."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

from backend.analysis.figures.figure import NEUTRAL, Figure, single
from backend.schemas.audit import AuditSummary

RIGHT, WRONG = NEUTRAL, "#d55e00"


def histogram_figure(summary: AuditSummary, title: str) -> Figure:
    """Stacked by the truth where it is known; a dashed line at the estimated cut."""
    histogram = summary["histogram"]
    edges, counts, wrong = histogram["edges"], histogram["counts"], histogram["wrong"]
    centres = [(a + b) / 2 for a, b in pairwise(edges)]
    rest = counts if wrong is None else [a - b for a, b in zip(counts, wrong, strict=True)]
    traces = [_bars(centres, rest, "samples" if wrong is None else "label is right", RIGHT)]
    if wrong is not None:
        traces.append(_bars(centres, wrong, "label is wrong", WRONG))
    figure = single(traces, f"Samples by score: {title}", "")
    layout = figure["layout"]
    layout["barmode"], layout["bargap"] = "stack", 0
    layout["xaxis"] |= {"range": [edges[0], edges[-1]], "tickformat": "", "hoverformat": ".3~g"}
    layout["xaxis"].pop("dtick", None)
    layout["yaxis"] |= {"type": "log", "dtick": 1, "tickformat": "~s", "hoverformat": "d"}
    if histogram["cut"] is not None:
        layout["shapes"] = [_line(histogram["cut"])]
    return figure


def _bars(x: list[float], y: list[int], name: str, colour: str) -> Figure:
    return {
        "type": "bar",
        "x": x,
        "y": y,
        "name": name,
        "marker": {"color": colour},
        "meta": {"metric": name},
    }


def _line(at: float) -> dict[str, Any]:
    line = {"color": NEUTRAL, "width": 1.5, "dash": "dash"}
    return {"type": "line", "x0": at, "x1": at, "yref": "paper", "y0": 0, "y1": 1, "line": line}
