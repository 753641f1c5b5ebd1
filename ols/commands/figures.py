"""Figures for a paper, by Matplotlib: a column's width or the page's, small type, and text that
stays text in SVG and PDF."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ols.spec.metrics import metric

INCHES = {"column": 3.3, "page": 6.9}  # of a two-column page, as IEEE's and CVPR's are
MOST_NAMES = 30  # classes whose names can be read on an axis

_STYLE: Any = {
    "font.size": 8,
    "axes.linewidth": 0.6,
    "lines.linewidth": 1.2,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,  # TrueType: journals refuse Type 3 fonts
    "svg.hashsalt": "ols",  # the same figure is the same file
}
_DASHES = ("-", "--", "-.", ":")


def save(figure: Figure, path: Path, form: str) -> None:
    """Text stays text: how it is written is decided here, not where the figure is drawn."""
    with rc_context(_STYLE):
        figure.savefig(path, format=form, dpi=300)


def heatmap(matrix: NDArray[Any], classes: Sequence[str] | None, width: str) -> Figure:
    """A (k, k) matrix, row = target or true class; each cell is drawn as it is, at any k."""
    with rc_context(_STYLE):
        side = INCHES[width]
        figure = Figure(figsize=(side, side * 0.86), layout="constrained")
        axes = figure.add_subplot()
        # An image without smoothing: a vector of k x k squares would be megabytes.
        image = axes.imshow(matrix, cmap="viridis", interpolation="none", aspect="equal")
        figure.colorbar(image, ax=axes, shrink=0.9)
        names = classes if classes is not None and len(classes) == len(matrix) else None
        if names and len(names) <= MOST_NAMES:
            places = np.arange(len(names))
            axes.set_xticks(places, names, rotation=90)
            axes.set_yticks(places, names)
        axes.set_xlabel("class")
        axes.set_ylabel("target class")
        return figure


def curves(
    points: Sequence[Mapping[str, Any]], runs: Mapping[int, str], names: Sequence[str], width: str
) -> Figure:
    """One panel per metric, one line per run; a run has the same colour and dash in every panel."""
    with rc_context(_STYLE):
        side = INCHES[width]
        figure = Figure(figsize=(side, side * 0.62 * len(names)), layout="constrained")
        panels = figure.subplots(len(names), 1, squeeze=False)[:, 0]
        for axes, name in zip(panels, names, strict=True):
            axis = "epoch"
            for place, (run, title) in enumerate(runs.items()):
                mine = [point for point in points if point["run"] == run and point["name"] == name]
                axis = "step" if mine and mine[0]["epoch"] is None else axis
                at = [point[axis] for point in mine]
                values = [np.nan if point["value"] is None else point["value"] for point in mine]
                axes.plot(at, values, _DASHES[place % len(_DASHES)], color=f"C{place}", label=title)
            axes.set_xlabel(axis)
            axes.set_ylabel(metric(name).title)
            axes.grid(linewidth=0.3)
        panels[0].legend(frameon=False)
        return figure
