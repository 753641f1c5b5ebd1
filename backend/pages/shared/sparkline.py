"""Sparklines: a few numbers as the points of an SVG polyline."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT, EDGE = 96.0, 22.0, 2.0


def sparkline_points(values: Sequence[float | None]) -> str:
    """`x,y x,y ...` in a box of WIDTH x HEIGHT; the scale is 0 to 1 for all, to compare rows."""
    recorded = [(i, v) for i, v in enumerate(values) if v is not None]
    if not recorded:
        return ""
    step = (WIDTH - 2 * EDGE) / max(1, len(values) - 1)
    height = HEIGHT - 2 * EDGE
    points = [(EDGE + i * step, EDGE + height * (1 - min(max(v, 0), 1))) for i, v in recorded]
    if len(points) == 1:  # a single epoch is a short stroke, not an invisible point
        points.append((points[0][0] + 3, points[0][1]))
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
