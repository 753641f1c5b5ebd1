"""Fields of specs against results: every run as a point, or as a line through all of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.conclude.names import is_fraction
from backend.figures import Figure, single
from backend.palette import MARKS, method_colour


def field_figure(
    runs: Sequence[Mapping[str, Any]],
    values: Sequence[Any],
    results: Sequence[float | None],
    field: str,
    metric: str,
    title: str,
) -> Figure:
    """Every run as a point: a field of its spec (or another metric) against a metric."""
    methods = list(dict.fromkeys(run["method"] for run in runs))
    traces = []
    for place, method in enumerate(methods):
        mine = [
            i
            for i, run in enumerate(runs)
            if run["method"] == method and results[i] is not None and values[i] is not None
        ]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "x": [values[i] for i in mine],
                "y": [results[i] for i in mine],
                "text": [f"{runs[i]['name']} #{runs[i]['id']}" for i in mine],
                "name": method,
                "marker": {
                    "color": method_colour(method),
                    "symbol": MARKS[place % len(MARKS)],
                    "size": 9,
                    "opacity": 0.8,
                },
                "hovertemplate": f"%{{text}}<br>{field} %{{x}}: %{{y}}<extra></extra>",
                "meta": {"metric": metric, "method": method, "group": ""},
            }
        )
    made = single(traces, title, ".0%" if is_fraction(metric) else "")
    known = [value for value in values if value is not None]
    made["layout"]["xaxis"] |= {"tickformat": "", "type": _axis_type(known)}
    made["layout"]["xaxis"].pop("range")
    made["layout"]["yaxis"]["rangemode"] = "normal"
    made["layout"]["hovermode"] = "closest"
    return made


def parallel_figure(
    runs: Sequence[Mapping[str, Any]], axes: Sequence[tuple[str, Sequence[Any]]]
) -> Figure:
    """Each run as a line through its values, a vertical axis for each field or metric.

    `axes` holds a title and the runs' values. Numbers run from the smallest (below) to the largest;
    words are spread evenly in alphabetical order.
    """
    scaled = [_scaled(values) for _, values in axes]
    traces = []
    for place, run in enumerate(runs):
        words = [f"{title} {_words(values[place])}" for title, values in axes]
        traces.append(
            {
                "type": "scatter",
                "mode": "lines+markers",
                "x": list(range(len(axes))),
                "y": [column[place] for column in scaled],
                "name": f"{run['name']} #{run['id']}",
                "text": words,
                "hovertemplate": f"{run['method']} #{run['id']}: %{{text}}<extra></extra>",
                "line": {"color": method_colour(run["method"]), "width": 1.6},
                "opacity": 0.75,
                "meta": {"run": run["id"], "metric": "parallel", "group": ""},
            }
        )
    made = single(traces, "Every field that differs, and what came of it", "")
    made["layout"]["xaxis"] |= {
        "range": [-0.25, len(axes) - 0.75],
        "tickvals": list(range(len(axes))),
        "ticktext": [title for title, _ in axes],
        "gridcolor": "rgba(125,136,148,0.6)",
    }
    made["layout"]["yaxis"] |= {"showticklabels": False, "range": [-0.1, 1.1], "showgrid": False}
    made["layout"] |= {"showlegend": False, "hovermode": "closest", "annotations": _ends(axes)}
    return made


def _ends(axes: Sequence[tuple[str, Sequence[Any]]]) -> list[Figure]:
    """The largest value above each axis and the smallest below it."""
    found: list[Figure] = []
    for place, (_, values) in enumerate(axes):
        known = sorted({v for v in values if v is not None}, key=_sort_key)
        for value, y in ((known[0], -0.06), (known[-1], 1.06)) if known else ():
            found.append(
                {
                    "x": place,
                    "y": y,
                    "text": _words(value),
                    "showarrow": False,
                    "font": {"size": 10},
                }
            )
    return found


def _scaled(values: Sequence[Any]) -> list[float | None]:
    known = sorted({v for v in values if v is not None}, key=_sort_key)
    if all(_is_number(v) for v in known):
        low, width = (known[0], known[-1] - known[0]) if known else (0.0, 0.0)
        return [None if v is None else (v - low) / width if width else 0.5 for v in values]
    step = {value: place / max(1, len(known) - 1) for place, value in enumerate(known)}
    return [None if v is None else step[v] if len(known) > 1 else 0.5 for v in values]


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (True, value) if _is_number(value) else (False, str(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _axis_type(values: Sequence[Any]) -> str:
    return "linear" if values and all(_is_number(v) for v in values) else "category"


def _words(value: Any) -> str:
    return f"{value:.4g}" if isinstance(value, float) else "–" if value is None else str(value)
