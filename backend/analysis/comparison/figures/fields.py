"""Fields of specs against results: every run as a point, or as a line through all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import shorten, wrap
from typing import Any

from backend.analysis.figures.figure import PERCENT, Figure, single
from backend.analysis.names import value_words
from backend.core.palette import MARKS, method_colour
from backend.schemas.runs import RunRow
from ols.spec.metrics import metric as metric_of


@dataclass(frozen=True)
class Axis:
    """A value per run; `share`: fractions, shown in percent."""

    title: str
    values: Sequence[Any]
    share: bool = False


def field_figure(
    runs: Sequence[RunRow],
    values: Sequence[Any],
    results: Sequence[float | None],
    field: str,
    metric: str,
    title: str,
    *,
    share: bool = False,
) -> Figure:
    """Every run as a point: a field of its spec (or another metric) against a metric.

    `share`: what is across are fractions, shown in percent.
    """
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
                "name": value_words("method.name", method),
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
    figure = single(traces, title, ".0%" if metric_of(metric).kind == "share" else "")
    present = [value for value in values if value is not None]
    form = PERCENT if share else {"tickformat": "", "hoverformat": ""}
    figure["layout"]["xaxis"] |= form | {"type": _axis_type(present)}
    figure["layout"]["xaxis"].pop("range")
    if _axis_type(present) == "category":  # else half of the outer names is cut
        names = list(dict.fromkeys(x for trace in traces for x in trace["x"]))
        figure["layout"]["xaxis"] |= {
            "range": [-0.5, max(1, len(names)) - 0.5],
            "tickvals": names,
            "ticktext": [_wrapped(str(name)) for name in names],
            "tickangle": 0,
        }
        figure["layout"]["margin"]["b"] = 44
    figure["layout"]["yaxis"]["rangemode"] = "normal"
    figure["layout"]["hovermode"] = "closest"
    return figure


def parallel_figure(runs: Sequence[RunRow], axes: Sequence[Axis]) -> Figure:
    """Each run as a line through its values, a vertical axis for each field or metric.

    Numbers run from the smallest (below) to the largest;
    words are spread evenly in alphabetical order.
    """
    scaled = [_scaled(axis.values) for axis in axes]
    traces = []
    for place, run in enumerate(runs):
        words = [f"{axis.title} {_words(axis.values[place], axis.share)}" for axis in axes]
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
    figure = single(traces, "Fields that differ, and results", "")
    figure["layout"]["xaxis"] |= {
        "range": [-0.25, len(axes) - 0.75],
        "tickvals": list(range(len(axes))),
        "ticktext": [_wrapped(axis.title) for axis in axes],
        "tickangle": 0,
        "gridcolor": "rgba(125,136,148,0.6)",
    }
    figure["layout"]["margin"] |= {"b": 46, "l": 30, "r": 30}
    figure["layout"]["yaxis"] |= {"showticklabels": False, "range": [-0.1, 1.1], "showgrid": False}
    figure["layout"] |= {"showlegend": False, "hovermode": "closest", "annotations": _ends(axes)}
    return figure


def _wrapped(title: str) -> str:
    """In lines of at most twelve characters where words allow: axes stand close on a phone."""
    return "<br>".join(wrap(title, 12, break_long_words=False))


def _ends(axes: Sequence[Axis]) -> list[Figure]:
    """The largest value above each axis and the smallest below it."""
    notes: list[Figure] = []
    room = 24 if len(axes) <= 5 else 14  # characters until the next axis' word
    for place, axis in enumerate(axes):
        present = sorted({v for v in axis.values if v is not None}, key=_sort_key)
        for value, y in ((present[0], -0.06), (present[-1], 1.06)) if present else ():
            words = shorten(_words(value, axis.share), room, placeholder="…")
            note = {"x": place, "y": y, "text": words, "showarrow": False}
            notes.append(note | {"font": {"size": 10}} | _inwards(place, len(axes)))
    return notes


def _inwards(place: int, count: int) -> Figure:
    """Long words of the outer axes run towards the middle: outside they would be cut."""
    if place == 0:
        return {"xanchor": "left", "xshift": -14}
    return {"xanchor": "right", "xshift": 14} if place == count - 1 else {}


def _scaled(values: Sequence[Any]) -> list[float | None]:
    present = sorted({v for v in values if v is not None}, key=_sort_key)
    if all(_is_number(v) for v in present):
        low, width = (present[0], present[-1] - present[0]) if present else (0.0, 0.0)
        return [None if v is None else (v - low) / width if width else 0.5 for v in values]
    step = {value: place / max(1, len(present) - 1) for place, value in enumerate(present)}
    return [None if v is None else step[v] if len(present) > 1 else 0.5 for v in values]


def _sort_key(value: Any) -> tuple[bool, Any]:
    return (True, value) if _is_number(value) else (False, str(value))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _axis_type(values: Sequence[Any]) -> str:
    return "linear" if values and all(_is_number(v) for v in values) else "category"


def _words(value: Any, share: bool = False) -> str:
    if share and _is_number(value):
        return f"{value:.1%}"
    return f"{value:.4g}" if isinstance(value, float) else "–" if value is None else str(value)
