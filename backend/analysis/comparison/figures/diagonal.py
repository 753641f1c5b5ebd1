"""The line on which two shares are equal."""

from __future__ import annotations

from backend.analysis.figures.figure import NEUTRAL, Figure


def diagonal(name: str) -> Figure:
    """From 0 to 1, behind the points."""
    return {
        "type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "name": name,
        "line": {"color": NEUTRAL, "width": 1.5, "dash": "dash"}, "hoverinfo": "skip",
        "meta": {"metric": "diagonal", "group": ""},
    }  # fmt: skip
