"""Calibration of several runs or settings in one diagram.

A point's area is its bin's share of the images; a bin with next to none says nothing and is faded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.analysis.comparison.figures.diagonal import diagonal
from backend.analysis.comparison.settings import Group
from backend.analysis.figures.figure import Figure, single
from backend.core.palette import dashes, method_colour

_SMALLEST, _LARGEST = 3.0, 14.0  # pixels across
_FEW = 0.01  # of the images
_FADED = 0.3


def reliability_lines(
    groups: Sequence[Group], diagrams: Sequence[Mapping[str, Any] | None]
) -> Figure:
    """Accuracy against confidence for each group, its runs' predictions taken together.

    A diagram has `confidence`, `accuracy`, `count` for each bin, and `ece`. Which line is which
    stands beside the chart: a legend above many lines would leave them no room.
    """
    traces = [diagonal("as confident as right")]
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
                "marker": _marker(diagram["count"]),
                "hovertemplate": "confident %{x:.1%}, right %{y:.1%}, %{customdata} images",
                "meta": {"metric": "reliability", "setting": group.first, "group": ""},
            }
        )
    figure = single(traces, "Reliability, last epoch", ".0%")
    figure["layout"]["xaxis"] |= {"range": [0, 1.02], "tickformat": ".0%"}
    figure["layout"]["yaxis"] |= {"range": [0, 1.02]}
    figure["layout"] |= {"hovermode": "closest", "showlegend": False}
    return figure


def _marker(counts: Sequence[int]) -> dict[str, Any]:
    """As large as the bins are full, whatever the number of images."""
    total, most = sum(counts) or 1, max(counts, default=0) or 1
    return {
        "size": [round(max(_SMALLEST, _LARGEST * (count / most) ** 0.5), 1) for count in counts],
        "opacity": [_FADED if count < _FEW * total else 1.0 for count in counts],
        "line": {"width": 0},
    }
