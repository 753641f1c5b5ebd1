"""The settings of a search: one after the other with the best so far, and each field against the
objective."""

from __future__ import annotations

from typing import Any

from backend.analysis.figures.figure import NEUTRAL, Figure, single
from backend.analysis.names import field_title, value_words
from backend.core.palette import LINES
from backend.schemas.searches import SearchTrials, TrialDetail
from ols.spec.metrics import metric

MARK = {"complete": "circle", "pruned": "circle-open"}


def trials_figure(found: SearchTrials) -> Figure:
    """Every setting's value by its number, hollow where it was given up, and the best so far."""
    x, best = _best_so_far(found)
    line = {
        "type": "scatter",
        "mode": "lines",
        "x": x,
        "y": best,
        "name": "best so far",
        "line": {"color": LINES[0], "shape": "hv", "width": 2},
        "hoverinfo": "skip",
        "meta": {"metric": "best", "group": ""},
    }
    points = [
        _points(found, state, lambda trial: trial["number"]) for state in ("complete", "pruned")
    ]
    figure = _figure(found, [line, *points], found["objective"]["title"])
    figure["layout"]["xaxis"] |= {"title": {"text": "setting"}, "range": _numbers(found)}
    return figure


def slice_figure(found: SearchTrials, path: str, log: bool) -> Figure:
    """One field against the objective."""
    points = [
        _points(found, state, lambda trial: _plain(path, trial["combination"].get(path)))
        for state in ("complete", "pruned")
    ]
    figure = _figure(found, points, path_title(path))
    axis = figure["layout"]["xaxis"]
    axis.pop("range")
    axis.pop("dtick", None)
    axis |= {"tickformat": "", "hoverformat": "", "type": "log" if log else "-"}
    figure["layout"]["showlegend"] = False
    return figure


def _points(found: SearchTrials, state: str, across: Any) -> Figure:
    trials = [
        trial
        for trial in found["trials"]
        if trial["state"] == state and trial["value"] is not None and across(trial) is not None
    ]
    name = "to the end" if state == "complete" else "paused early"
    return {
        "type": "scatter",
        "mode": "markers",
        "x": [across(trial) for trial in trials],
        "y": [trial["value"] for trial in trials],
        "text": [_words(trial) for trial in trials],
        "name": name,
        "marker": {
            "symbol": MARK[state],
            "size": 8,
            "color": LINES[0] if state == "complete" else NEUTRAL,
        },
        "hovertemplate": "%{text}: %{y}<extra></extra>",
        "meta": {"metric": state, "group": ""},
    }


def _figure(found: SearchTrials, traces: list[Figure], title: str) -> Figure:
    share = metric(found["objective"]["metric"]).kind == "share"
    figure = single(traces, title, ".0%" if share else "")
    figure["layout"]["yaxis"]["rangemode"] = "normal"
    figure["layout"]["hovermode"] = "closest"
    figure["layout"]["margin"]["b"] = 36
    return figure


def _numbers(found: SearchTrials) -> list[float]:
    return [0, max((trial["number"] for trial in found["trials"]), default=1) + 1]


def _best_so_far(found: SearchTrials) -> tuple[list[int], list[float]]:
    """Of the settings that trained to their end."""
    choose = min if found["objective"]["better"] == "min" else max
    numbers: list[int] = []
    best: list[float] = []
    for trial in found["trials"]:
        if trial["state"] == "complete" and trial["value"] is not None:
            numbers.append(trial["number"])
            best.append(choose([trial["value"], *best[-1:]]))
    if numbers:  # to the newest setting
        numbers.append(found["trials"][-1]["number"])
        best.append(best[-1])
    return numbers, best


def _words(trial: TrialDetail) -> str:
    fields = [
        f"{path_title(path)} {_plain(path, value)}" for path, value in trial["combination"].items()
    ]
    return f"{trial['number']}: {', '.join(fields)}"


def _plain(path: str, value: Any) -> Any:
    """Numbers as they are; anything else in words."""
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    return None if value is None else words_of(path, value)


def path_title(path: str) -> str:
    """A field's title; of a part (`method`) that of its name."""
    title = field_title(path)
    return title if title != path else field_title(f"{path}.name")


def words_of(path: str, value: Any) -> str:
    """A part as its title and what it sets: `Online label smoothing, alpha 0.3`."""
    if isinstance(value, dict):
        inner = [f"{key} {each}" for key, each in value.items() if key != "name"]
        return ", ".join([value_words(f"{path}.name", value.get("name")), *inner])
    named = f"{path}.name" if isinstance(value, str) and "." not in path else path
    return value_words(named, value)
