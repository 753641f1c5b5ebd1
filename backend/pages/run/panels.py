"""What the panels below the heatmap start from: empty figures, titles and sentences."""

from __future__ import annotations

from typing import Any

from backend.analysis.figures.class_panel import class_figure
from backend.analysis.figures.quality import charts, quality_figures
from backend.analysis.figures.reliability import SIDES, reliability_figure
from backend.schemas.runs import RunDetail


def panels(run: RunDetail) -> dict[str, Any]:
    """The page fills the figures when a panel nears the window."""
    quality = quality_figures(run)
    return {
        "class_figure": class_figure(run),
        "charts": [(chart, quality[chart.id]) for chart in charts(run)],
        "sides": [(side, title, reliability_figure(run, side)) for side, title in SIDES.items()],
    }
