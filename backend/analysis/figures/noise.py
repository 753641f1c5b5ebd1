"""Figures of the noise page, from what backend.analysis.tables.noise says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.analysis.figures.bands import around, band
from backend.analysis.figures.figure import NEUTRAL, PERCENT, Figure, framed
from backend.analysis.names import value_words
from backend.core.palette import MARKS, method_colour
from ols.spec.number_kinds import FORMS

_POINTS = {"tickformat": "+.2~%", "hoverformat": "+.1%"}
_SHARE = FORMS["share"]
_SMALL = {"tickformat": ".2~%", "hoverformat": ".2%"}


def noise_figures(report: Mapping[str, Any]) -> dict[str, Figure]:
    """The page's figures by name; `memorised_0.2` is that of a rate."""
    figures = {
        "accuracy": _against_rate(report, report["accuracy"]["last"], "Accuracy, last epoch"),
        "calibration": _against_rate(
            report, report["calibration"]["last"], "Calibration error (ECE), last epoch"
        ),
        "gain": _gain(report),
        "drop": _against_rate(
            report, report["drop"], "Lost from the best to the last epoch", _SMALL
        ),
    }
    rates = sorted({curve["rate"] for curve in report["memorised"]})
    return figures | {f"memorised_{rate:g}": _memorised(report, rate) for rate in rates}


def _against_rate(
    report: Mapping[str, Any],
    points: Mapping[str, Any],
    title: str,
    form: Mapping[str, str] = PERCENT,
) -> Figure:
    traces = []
    for place, method in enumerate(report["methods"]):
        measured = _measured(report["rates"], points[method])
        rates, mean = [rate for rate, _ in measured], [p["mean"] for _, p in measured]
        low, high = around(mean, [p["std"] for _, p in measured])
        meta = {"method": method, "group": ""}
        traces.append(band(rates, low, high, method_colour(method), meta))
        texts = [f"{_SHARE.spread(p['mean'], p['std'])} (n = {p['n']})" for _, p in measured]
        traces.append(_line(rates, mean, method, place, texts))
    return _framed(traces, form, title, report["rates"])


def _gain(report: Mapping[str, Any]) -> Figure:
    """The claim as a picture: does the gain over the baseline grow with the noise?"""
    rates = report["rates"]
    traces: list[Figure] = []
    for place, method in enumerate(report["methods"]):
        if method not in report["gain"]:
            continue
        measured = _measured(rates, report["gain"][method])
        at, mean = [rate for rate, _ in measured], [p["mean"] for _, p in measured]
        meta = {"method": method, "group": ""}
        bounds = [p["low"] for _, p in measured], [p["high"] for _, p in measured]
        traces.append(band(at, *bounds, method_colour(method), meta))
        texts = [
            f"{_SHARE.difference(p['mean'])}{_interval(p)} (n = {p['n']})" for _, p in measured
        ]
        traces.append(_line(at, mean, method, place, texts))
    base = value_words("method.name", report["baseline"]) if report["baseline"] else "the baseline"
    zero = {
        "type": "scatter", "mode": "lines", "x": rates, "y": [0.0] * len(rates), "name": base,
        "line": {"color": NEUTRAL, "width": 1.5, "dash": "dash"}, "hoverinfo": "skip",
        "meta": {"method": report["baseline"], "group": ""},
    }  # fmt: skip
    figure = _framed([zero, *traces], _POINTS, f"Accuracy gained over {base}", rates)
    figure["layout"]["yaxis"]["rangemode"] = "normal"
    return figure


def _memorised(report: Mapping[str, Any], rate: float) -> Figure:
    traces: list[Figure] = []
    curves = [curve for curve in report["memorised"] if curve["rate"] == rate]
    for curve in curves:
        method = curve["method"]
        low, high = around(curve["mean"], curve["std"])
        meta = {"method": method, "group": ""}
        traces.append(band(curve["epochs"], low, high, method_colour(method), meta))
        place = report["methods"].index(method)
        line = _line(curve["epochs"], curve["mean"], method, place, None)
        traces.append(line | {"mode": "lines"})
    last = max((epoch for curve in curves for epoch in curve["epochs"]), default=1)
    group = {"id": "", "title": f"{rate:.0%} wrong labels", **PERCENT}
    figure = framed(traces, PERCENT, [group], last)
    top = max(
        (v for c in report["memorised"] for v in around(c["mean"], c["std"])[1] if v), default=1
    )
    figure["layout"]["yaxis"] |= {"range": [0, 1.05 * top]}  # one scale for all rates
    return figure


def _line(
    x: Sequence[float], y: Sequence[float], method: str, place: int, texts: Sequence[str] | None
) -> Figure:
    colour = method_colour(method)
    more = {} if texts is None else {"text": list(texts), "hovertemplate": "%{text}"}
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "x": list(x),
        "y": list(y),
        "name": value_words("method.name", method),
        "line": {"color": colour, "width": 2.2},
        "marker": {"size": 8, "symbol": MARKS[place % len(MARKS)], "color": colour},
        "meta": {"method": method, "group": ""},
        **more,
    }


def _framed(
    traces: list[Figure], form: Mapping[str, str], title: str, rates: Sequence[float]
) -> Figure:
    figure = framed(traces, form, [{"id": "", "title": title, **form}], 1)
    width = max(rates, default=0.0) - min(rates, default=0.0) or 0.2
    figure["layout"]["xaxis"] |= {
        "range": [min(rates, default=0.0) - 0.06 * width, max(rates, default=0.0) + 0.06 * width],
        "tickvals": list(rates),
        "tickformat": ".0%",
        "hoverformat": ".0%",
    }
    return figure


def _measured(rates: Sequence[float], points: Sequence[Any]) -> list[tuple[float, Any]]:
    return [(rate, point) for rate, point in zip(rates, points, strict=True) if point]


def _interval(point: Mapping[str, Any]) -> str:
    if point["low"] is None or point["high"] is None:
        return ""
    low, high = (_SHARE.difference(point[end], unit=False) for end in ("low", "high"))
    return f", 95% CI {low} to {high}"
