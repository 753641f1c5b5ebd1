"""The figure of one class: its strongest partners, its accuracy and its entropy over the epochs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from backend.analysis.figures.figure import (
    PERCENT,
    PLAIN,
    Figure,
    curve,
    epochs_of,
    framed,
    without_empty_ends,
)
from backend.core.palette import DASHES, LINES, method_colour
from backend.schemas.runs import RunDetail

PARTNERS = len(LINES)

_OWN = (  # key in the answer, legend, group, dash
    ("accuracy", "accuracy", "own", "solid"),
    ("target", "target probability", "own", "dash"),
    ("entropy", "entropy", "entropy", "solid"),
)
GROUPS = [
    {"id": "partners", "title": "Partners", **PERCENT},
    {"id": "own", "title": "Accuracy", **PERCENT},
    {"id": "entropy", "title": "Entropy", **PLAIN},
]


def class_figure(run: RunDetail, detail: Mapping[str, Any] | None = None) -> Figure:
    """Of `GET /api/runs/{id}/classes/{c}`; without it the empty axes that a page fills."""
    traces = [_partner(index, detail) for index in range(PARTNERS)]
    for key, legend, group, dash in _OWN:
        line = {"color": method_colour(run["method"]), "width": 2, "dash": dash}
        traces.append(_trace(detail, detail and detail[key], legend, line, group, key))
    return framed(traces, PERCENT, GROUPS, epochs_of(run))


def _partner(index: int, detail: Mapping[str, Any] | None) -> Figure:
    partners = detail["partners"] if detail else []
    partner = partners[index] if index < len(partners) else None
    line = {"color": LINES[index], "width": 2, "dash": DASHES[index % 3]}
    name = partner["name"] if partner else ""
    return _trace(detail, partner and partner["values"], name, line, "partners", f"partner{index}")


def _trace(
    detail: Mapping[str, Any] | None, values: Any, name: str, line: Any, group: str, key: str
) -> Figure:
    x, y = without_empty_ends(detail["epochs"], values) if detail and values else ([], [])
    trace = curve(x, y, name, line, 1.0)
    trace["meta"] = {"metric": key, "group": group}
    trace["visible"] = group == "partners" and (detail is None or bool(values))
    trace["showlegend"] = bool(name)
    return trace
