"""What all figures are made of: built once in Python and shared by pages and reports.

A figure here is plain JSON (`data`, `layout`), so the web process never loads plotly's Python
package for a page; `as_plotly()` makes a plotly Figure of it for reports and notebooks, and a test
validates them that way. Each trace says in `meta` what it shows: {"run", "metric", "group"}, so
that the page can extend it when an epoch ends and switch between groups (metrics with one axis).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.schemas.runs import RunRow
from ols.spec.number_kinds import FORMS, Kind

Figure = dict[str, Any]

NEUTRAL = "#7d8894"  # of lines that are not the method's result
MOST_MARKERS = 100  # points of a line


def axis_form(kind: Kind) -> dict[str, str]:
    """How Plotly writes an axis' ticks and the value that is pointed at."""
    form = FORMS[kind]
    if kind == "share":  # a tick is 74.5% where ticks stand that close, else 74%
        return {"tickformat": ".1~%", "hoverformat": f".{form.digits}%"}
    return {"tickformat": "", "hoverformat": f".{form.digits}{'~g' if form.significant else 'f'}"}


PERCENT, PLAIN = axis_form("share"), axis_form("nats")


def single(traces: list[Figure], title: str, tickformat: str) -> Figure:
    """A figure without a switch, whose x axis counts no epochs."""
    form = PERCENT if tickformat == ".0%" else {**PLAIN, "tickformat": tickformat}
    return framed(traces, form, [{"id": "", "title": title, **form}], 1)


def as_plotly(plain: Figure) -> Any:
    """A plotly Figure of one of the figures above, validated; for reports and notebooks."""
    import plotly.graph_objects as go  # here, for pages do without it

    return go.Figure(data=plain["data"], layout=plain["layout"], frames=plain.get("frames"))


def epochs_of(run: RunRow) -> int | None:
    """How many epochs there will be; None where a loop did not say."""
    return run["progress"]["epochs"] or None


def by_steps(figure: Figure) -> None:
    """Its x axis counts steps, of which a loop may take a million."""
    figure["layout"]["xaxis"] |= {"tickformat": "~s", "hoverformat": ",d"}


def without_empty_ends(
    epochs: Sequence[int], values: Sequence[float | None]
) -> tuple[list[int], list[float | None]]:
    """Without the ends where a run has no value; holes within stay holes."""
    pairs = list(zip(epochs, values, strict=False))
    while pairs and pairs[-1][1] is None:
        pairs.pop()
    return [epoch for epoch, _ in pairs], [value for _, value in pairs]


def line_mode(points: int) -> str:
    """Small markers keep a run of one epoch visible; on long lines they are only slow."""
    return "lines" if points > MOST_MARKERS else "lines+markers"


def curve(
    x: list[int], y: list[float | None], name: str, line: Mapping[str, Any], opacity: float
) -> Figure:
    return {
        "type": "scatter",
        "mode": line_mode(len(x)),
        "x": x,
        "y": y,
        "name": name,
        "line": dict(line),
        "opacity": opacity,
        "marker": {"size": 4 if len(x) < 60 else 1},
        "connectgaps": False,
    }


def framed(
    traces: list[Figure], form: Mapping[str, str], groups: list[Figure], epochs: int | None
) -> Figure:
    """Margins and the epochs' axis are fixed, so that nothing moves while a run trains.

    Where nobody knows how many epochs there will be, the axis grows.
    """
    grid = "rgba(125,136,148,0.22)"
    axis = {"gridcolor": grid, "zeroline": False, "linecolor": grid, "automargin": False}
    layout = {
        "margin": {"l": 46, "r": 12, "t": 26, "b": 28},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"family": "system-ui, sans-serif", "size": 11, "color": "#6b7680"},
        "hovermode": "x unified",
        "hoverlabel": {"font": {"size": 11}, "namelength": 32},
        "legend": {
            "orientation": "h",
            "x": 0,
            "y": 1.01,
            "xanchor": "left",
            "yanchor": "bottom",
            "font": {"size": 10},
            "itemwidth": 30,
            "entrywidth": 0,
        },
        "xaxis": {
            **axis,
            **({"rangemode": "tozero"} if epochs is None else {"range": [0, epochs * 1.02]}),
            "hoverformat": "d",
            "tickformat": "d",
            # Of a few epochs Plotly would mark halves, and call them 1, 1, 2, 2.
            **({"dtick": 1} if epochs is not None and 1 < epochs <= 10 else {}),
        },
        "yaxis": {**axis, **form, "rangemode": "nonnegative"},
        "uirevision": "keep",
        "showlegend": True,
    }
    return {"data": traces, "layout": layout, "groups": groups}
