"""Several runs' classes and calibration in one picture."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.figures import NEUTRAL, Figure, single
from backend.figures_compare import Group
from backend.palette import dashes, method_colour


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
    gaps = [a - b for a, b in zip(ours, base, strict=True)]
    order = sorted(range(len(gaps)), key=lambda c: (-abs(gaps[c]), c))[:most]
    order.sort(key=lambda c: -gaps[c])
    bars = {
        "type": "bar",
        "x": [names[c] for c in order],
        "y": [gaps[c] for c in order],
        "marker": {"color": [colour if gaps[c] >= 0 else NEUTRAL for c in order]},
        "customdata": [[ours[c], base[c]] for c in order],
        "hovertemplate": "%{x}: %{y:+.1%} (%{customdata[0]:.1%} against %{customdata[1]:.1%})"
        "<extra></extra>",
        "meta": {"metric": "difference", "group": ""},
    }
    some = f"the {most} largest of {len(names)} differences" if len(names) > most else "all classes"
    bar_chart = single([bars], f"{titles[0]} − {titles[1]}, {some}", "+.0%")
    bar_chart["layout"]["xaxis"] |= {"type": "category", "tickformat": ""}
    bar_chart["layout"]["xaxis"].pop("range")
    bar_chart["layout"]["yaxis"]["rangemode"] = "normal"
    points = {
        "type": "scatter",
        "mode": "markers",
        "x": list(base),
        "y": list(ours),
        "text": list(names),
        "marker": {"color": colour, "size": 8, "opacity": 0.7},
        "hovertemplate": "%{text}: %{y:.1%} against %{x:.1%}<extra></extra>",
        "meta": {"metric": "classes", "group": ""},
    }
    cloud = single([_diagonal("equal"), points], f"{titles[0]} (up) against {titles[1]}", ".0%")
    low = max(0.0, min([*ours, *base], default=0.0) - 0.05)
    cloud["layout"]["xaxis"] |= {"range": [low, 1.02], "tickformat": ".0%"}
    cloud["layout"]["yaxis"] |= {"range": [low, 1.02]}
    cloud["layout"]["hovermode"] = "closest"
    for made in (bar_chart, cloud):
        made["layout"]["showlegend"] = False
    return {"bars": bar_chart, "points": cloud}


def reliability_lines(
    groups: Sequence[Group], diagrams: Sequence[Mapping[str, Any] | None]
) -> Figure:
    """Accuracy against confidence for each group, its runs' predictions taken together.

    A diagram has `confidence`, `accuracy`, `count` for each bin, and `ece`.
    """
    traces = [_diagonal("as confident as right")]
    for group, dash, diagram in zip(
        groups, dashes([g.method for g in groups]), diagrams, strict=True
    ):
        if diagram is None:
            continue
        colour = method_colour(group.method)
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": diagram["confidence"],
                "y": diagram["accuracy"],
                "customdata": diagram["count"],
                "name": f"{group.title}, ECE {diagram['ece']:.1%}",
                "line": {"color": colour, "dash": dash, "width": 2},
                "hovertemplate": "confident %{x:.1%}, right %{y:.1%}, %{customdata} images",
                "meta": {"metric": "reliability", "setting": group.first, "group": ""},
            }
        )
    made = single(traces, "Reliability, last epoch", ".0%")
    made["layout"]["xaxis"] |= {"range": [0, 1.02], "tickformat": ".0%"}
    made["layout"]["yaxis"] |= {"range": [0, 1.02]}
    made["layout"]["hovermode"] = "closest"
    return made


def _diagonal(name: str) -> Figure:
    return {
        "type": "scatter", "mode": "lines", "x": [0, 1], "y": [0, 1], "name": name,
        "line": {"color": NEUTRAL, "width": 1.5, "dash": "dash"}, "hoverinfo": "skip",
        "meta": {"metric": "diagonal", "group": ""},
    }  # fmt: skip
