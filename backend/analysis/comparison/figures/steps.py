"""Curves by step: what loops of their own logged more often than once per epoch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from backend.analysis.comparison.settings import Group
from backend.analysis.figures.figure import Figure, axis_form, by_steps, curve, framed
from backend.core.palette import dashes, method_colour
from ols.spec.metrics import in_order
from ols.spec.metrics import metric as metric_of

MOST_METRICS = 12  # with a switch: more are a list that nobody reads

StepCurves = Mapping[str, tuple[Sequence[int], Sequence[float | None]]]  # name -> steps, values


def steps_figure(
    groups: Sequence[Group], curves: Sequence[StepCurves], metric: str = ""
) -> Figure | None:
    """A line per run, one metric at a time, `metric` first; `groups` are single runs.

    None where nothing was logged by step.
    """
    names = in_order({name for each in curves for name in each})[:MOST_METRICS]
    if not names:
        return None
    first = metric if metric in names else names[0]
    traces: list[Figure] = []
    styles = dashes([group.method for group in groups])
    for name in names:
        for group, dash, of_run in zip(groups, styles, curves, strict=True):
            if name not in of_run:
                continue
            steps, values = of_run[name]
            line = {"color": method_colour(group.method), "width": 2, "dash": dash}
            trace = curve(list(steps), list(values), group.title, line, 1.0)
            trace["meta"] = {"run": group.first, "metric": name, "group": name}
            traces.append(trace | {"visible": name == first})
    heads = [
        {"id": name, "title": metric_of(name).short, **axis_form(metric_of(name).kind)}
        for name in names
    ]
    figure = framed(traces, axis_form(metric_of(first).kind), heads, None)
    figure["group"] = first
    figure["layout"]["yaxis"]["rangemode"] = "normal"  # a loop's numbers may be negative
    by_steps(figure)
    return figure
