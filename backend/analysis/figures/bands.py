"""Lines with bands: a mean over seeds and its deviation, as Plotly traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.analysis.figures.figure import Figure

Numbers = Sequence[float | None]


def band(
    x: Sequence[float], low: Numbers, high: Numbers, colour: str, meta: Mapping[str, Any]
) -> Figure:
    """The area between two lines; where one has no value the band is left out."""
    points = [
        (at, a, b) for at, a, b in zip(x, low, high, strict=True) if a is not None and b is not None
    ]
    return {
        "type": "scatter",
        "mode": "lines",
        "x": [at for at, _, _ in points] + [at for at, _, _ in reversed(points)],
        "y": [high for _, _, high in points] + [low for _, low, _ in reversed(points)],
        "fill": "toself",
        "fillcolor": transparent(colour, 0.16),
        "line": {"width": 0, "color": colour},
        "hoverinfo": "skip",
        "showlegend": False,
        "meta": {**meta, "band": True},
    }


def around(mean: Sequence[float], std: Numbers) -> tuple[list[float], list[float]]:
    """mean - std and mean + std; a single run has no deviation and no width."""
    pairs = [(m, s or 0.0) for m, s in zip(mean, std, strict=True)]
    return [m - s for m, s in pairs], [m + s for m, s in pairs]


def transparent(colour: str, opacity: float) -> str:
    """`#d9601a` -> `rgba(217,96,26,0.16)`."""
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"rgba({red},{green},{blue},{opacity})"
