"""Accuracy of each class under two settings: the largest differences, and every class."""

from __future__ import annotations

from collections.abc import Sequence

from backend.analysis.comparison.figures.diagonal import diagonal
from backend.analysis.figures.figure import NEUTRAL, Figure, single

MOST_LABELS = (
    60  # bars that have room for the name of their class; the others say it when pointed at
)
_LONGEST = 12  # characters of a name below its bar


def class_figures(
    names: Sequence[str],
    ours: Sequence[float],
    base: Sequence[float],
    titles: tuple[str, str],
    colour: str,
    most: int = 40,
) -> dict[str, Figure]:
    """Accuracy of each class, `titles[0]` against `titles[1]`: the largest differences as bars,
    and every class as a point."""
    figures = {
        "bars": _bars(names, ours, base, titles, colour, most),
        "points": _points(names, ours, base, titles, colour),
    }
    for each in figures.values():
        each["layout"] |= {"showlegend": False, "hovermode": "closest"}
    return figures


def _bars(
    names: Sequence[str],
    ours: Sequence[float],
    base: Sequence[float],
    titles: tuple[str, str],
    colour: str,
    most: int,
) -> Figure:
    """By place and not by name: two classes of ImageNet are called crane."""
    gaps = [a - b for a, b in zip(ours, base, strict=True)]
    order = sorted(range(len(gaps)), key=lambda c: (-abs(gaps[c]), c))[:most]
    order.sort(key=lambda c: -gaps[c])
    bars = {
        "type": "bar",
        "x": list(range(len(order))),
        "y": [gaps[c] for c in order],
        "marker": {"color": [colour if gaps[c] >= 0 else NEUTRAL for c in order]},
        "customdata": [[names[c], ours[c], base[c]] for c in order],
        "hovertemplate": "%{customdata[0]}: %{y:+.1%} (%{customdata[1]:.1%} against "
        "%{customdata[2]:.1%})<extra></extra>",
        "meta": {"metric": "difference", "group": ""},
    }
    some = f"{most} of {len(names)} classes" if len(names) > most else f"all {len(names)} classes"
    figure = single([bars], f"{titles[0]} − {titles[1]}, {some}", "+.2~%")
    labels = [_short(names[c]) for c in order] if len(order) <= MOST_LABELS else []
    slanted = max(map(len, labels), default=0) * len(labels) > 2 * MOST_LABELS
    figure["layout"]["xaxis"] |= {
        "range": [-0.6, max(1, len(order)) - 0.4],
        "tickvals": list(range(len(labels))),
        "ticktext": labels,
        "tickangle": -55 if slanted else 0,
        "showgrid": False,
    }
    figure["layout"]["yaxis"]["rangemode"] = "normal"
    figure["layout"]["margin"]["b"] = 84 if slanted else 28
    return figure


def _points(
    names: Sequence[str],
    ours: Sequence[float],
    base: Sequence[float],
    titles: tuple[str, str],
    colour: str,
) -> Figure:
    many = len(names) > 200
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": list(base),
        "y": list(ours),
        "text": list(names),
        "marker": {"color": colour, "size": 5 if many else 8, "opacity": 0.45 if many else 0.7},
        "hovertemplate": "%{text}: %{y:.1%} against %{x:.1%}<extra></extra>",
        "meta": {"metric": "classes", "group": ""},
    }
    figure = single([diagonal("equal"), points], f"{titles[0]} (up) against {titles[1]}", ".0%")
    low = max(0.0, min([*ours, *base], default=0.0) - 0.05)
    figure["layout"]["xaxis"] |= {"range": [low, 1.02], "tickformat": ".0%"}
    figure["layout"]["yaxis"] |= {"range": [low, 1.02]}
    return figure


def _short(name: str) -> str:
    return name if len(name) <= _LONGEST else f"{name[: _LONGEST - 1]}…"
