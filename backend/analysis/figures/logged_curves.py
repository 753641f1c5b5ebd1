"""The curves of a logged run: metrics of any name, by epoch and by step, as its two charts.

Metrics that measure the same (`train_loss` and `val_loss`, `train/loss` and `val/loss`) are lines
of one group; a chart shows one group at a time. A run that has both axes gets a chart of each;
else one chart is of the metrics that are better high and the other of those that are better low.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from backend.analysis.figures.figure import Figure, axis_form, by_steps, curve, epochs_of, framed
from backend.core.palette import LINES
from backend.schemas.runs import RunDetail
from backend.store.summary import better_side
from ols.spec.metric import parts
from ols.spec.metrics import metric

MOST_GROUPS = 8  # of a chart: more switches than that are no switch


class Chart(NamedTuple):
    """A chart of the run's page; one by steps is `plain`: its x axis counts no epochs."""

    name: str  # in data-testid
    title: str
    figure: Figure
    plain: bool
    left_out: int  # metrics that it has no room for


Curves = Mapping[str, tuple[Sequence[int], Sequence[float | None]]]  # name -> x, y


def logged_charts(run: RunDetail, by_epoch: Curves, by_step: Curves) -> list[Chart]:
    """Two charts, whatever was logged so far."""
    if by_epoch and by_step:
        return [
            _chart(run, "accuracy", "By epoch", by_epoch, plain=False),
            _chart(run, "loss", "By step", by_step, plain=True),
        ]
    curves, plain = (by_step, True) if by_step else (by_epoch, False)
    sides = {name: better_side(name, run["better"]) for name in curves}
    high = {name: curves[name] for name in curves if sides[name] == "max"}
    low = {name: curves[name] for name in curves if sides[name] == "min"}
    return [
        _chart(run, "accuracy", "Metrics, higher is better", high, plain=plain),
        _chart(run, "loss", "Metrics, lower is better", low, plain=plain),
    ]


def _chart(run: RunDetail, name: str, title: str, curves: Curves, *, plain: bool) -> Chart:
    grouped: dict[str, list[str]] = {}
    for each in curves:
        grouped.setdefault(_measure(each), []).append(each)
    shown = dict(list(grouped.items())[:MOST_GROUPS])
    traces: list[Figure] = []
    groups: list[Figure] = []
    for measure, names in shown.items():
        for place, each in enumerate(names):
            x, y = curves[each]
            line = {"color": LINES[place % len(LINES)], "width": 2.0}
            trace = curve(list(x), list(y), metric(each).short, line, 1.0)
            trace["meta"] = {"run": run["id"], "metric": each, "group": measure}
            traces.append(trace | {"visible": not groups})
        groups.append({"id": measure, "title": measure, **axis_form(metric(names[0]).kind)})
    groups = groups or [{"id": "", "title": title, **axis_form("plain")}]
    form = {key: groups[0][key] for key in ("tickformat", "hoverformat")}
    figure = framed(traces, form, groups, None if plain else epochs_of(run))
    figure["layout"]["yaxis"]["rangemode"] = "normal"  # a loop's numbers may be negative
    if plain:
        by_steps(figure)
    left_out = sum(map(len, grouped.values())) - sum(map(len, shown.values()))
    return Chart(name, title, figure, plain, left_out)


def _measure(name: str) -> str:
    """What is measured, of whichever split: `loss` of `val_loss` and of `val/loss`."""
    last = name.rpartition("/")[2] or name
    return parts(last)[1] or last


def gapless(x: Sequence[int], y: Sequence[Any]) -> tuple[list[int], list[float | None]]:
    """Only the points where this metric has a value: others' epochs are no gaps of its own."""
    pairs = [(at, value) for at, value in zip(x, y, strict=True) if value is not None]
    return [at for at, _ in pairs], [value for _, value in pairs]
