"""What one can choose about a comparison's pictures and results; its address says it."""

from __future__ import annotations

from dataclasses import dataclass

MANY = 12  # more runs than this are not drawn epoch by epoch while they train


@dataclass(frozen=True)
class View:
    """An empty word is the comparison's own choice."""

    results: str = ""  # runs | settings
    lines: str = ""  # runs | mean
    x: str = "epoch"
    y: str = "linear"
    smooth: float = 0.0
    layout: str = "together"
    metric: str = ""
    maps: str = ""  # runs | settings: whose heatmaps
    ours: int = 0  # first runs of the settings whose classes are compared
    base: int = 0
    bars: int = 40  # largest differences drawn; 0: all
    field: str = ""
    against: str = ""
