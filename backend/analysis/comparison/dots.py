"""Each run of a setting as a dot, their mean with its interval: a row per setting, the best first.

Places are shares of the plot's width, so that a page can draw it without a script.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from backend.analysis.comparison.settings import Group
from backend.analysis.tables.significance import FEW_SEEDS, LEVEL
from backend.analysis.tables.student import half_width
from backend.analysis.targets import summary_value
from backend.schemas.runs import RunRow
from ols.spec.metrics import metric

_MARKS = 5  # of the axis, about
_AIR = 0.06  # of the width, at either end


@dataclass(frozen=True)
class Dot:
    """One run's last value."""

    place: float
    run: int
    text: str


@dataclass(frozen=True)
class DotRow:
    """A setting. `low` and `high` end the mean's interval at LEVEL; None below FEW_SEEDS runs."""

    title: str
    method: str
    mean: float
    low: float | None
    high: float | None
    text: str
    dots: list[Dot]


@dataclass(frozen=True)
class DotPlot:
    """Rows, and the axis below them: (place, text) of its marks."""

    title: str
    rows: list[DotRow]
    marks: list[tuple[float, str]]
    level: float = LEVEL


def dot_plot(runs: Sequence[RunRow], groups: Sequence[Group], name: str) -> DotPlot | None:
    """Of a metric's last values; None where no run has one."""
    measured = metric(name)
    valued = [
        (
            group,
            [(runs[p]["id"], v) for p in group.places if (v := _value(runs[p], name)) is not None],
        )
        for group in groups
    ]
    valued = [(group, values) for group, values in valued if values]
    if not valued:
        return None
    spans = [_interval([v for _, v in values]) for _, values in valued]
    axis = _Axis([v for _, values in valued for _, v in values], [x for s in spans if s for x in s])
    rows = [
        DotRow(
            title=group.title,
            method=group.method,
            mean=axis.place(statistics.fmean(v for _, v in values)),
            low=axis.place(span[0]) if span else None,
            high=axis.place(span[1]) if span else None,
            text=_words(name, [v for _, v in values], span),
            dots=[Dot(axis.place(v), run, measured.text(v)) for run, v in values],
        )
        for (group, values), span in zip(valued, spans, strict=True)
    ]
    rows.sort(key=lambda row: -row.mean if measured.better == "max" else row.mean)
    return DotPlot(
        measured.heading, rows, [(axis.place(v), measured.text(v)) for v in axis.marks()]
    )


def _value(run: RunRow, name: str) -> float | None:
    value = summary_value(run, name, "last")
    return value if value is not None and math.isfinite(value) else None


def _interval(values: Sequence[float]) -> tuple[float, float] | None:
    """Student's interval of the mean."""
    if len(values) < FEW_SEEDS:
        return None
    mean, std = statistics.fmean(values), statistics.stdev(values)
    half = half_width(LEVEL, len(values) - 1) * std / math.sqrt(len(values))
    return mean - half, mean + half


def _words(name: str, values: Sequence[float], span: tuple[float, float] | None) -> str:
    form = metric(name).form
    if span is None:
        said = form.text(statistics.fmean(values))
        return f"{said}, {'one seed' if len(values) == 1 else f'{len(values)} seeds'}"
    mean, low, high = (form.text(v) for v in (statistics.fmean(values), *span))
    return f"{mean}, {LEVEL:.0%} interval {low} to {high}, n = {len(values)}"


class _Axis:
    """From the lowest of all to the highest."""

    def __init__(self, values: Sequence[float], ends: Sequence[float]) -> None:
        self._low, self._high = min(*values, *ends, values[0]), max(*values, *ends, values[0])
        if self._low == self._high:
            self._low, self._high = self._low - 0.005, self._high + 0.005

    def place(self, value: float) -> float:
        share = (value - self._low) / (self._high - self._low)
        return round(_AIR + (1 - 2 * _AIR) * share, 4)

    def marks(self) -> list[float]:
        """Round numbers, 1, 2 or 5 times a power of ten apart."""
        rough = (self._high - self._low) / _MARKS
        power = 10 ** math.floor(math.log10(rough))
        step = next(s * power for s in (1, 2, 5, 10) if s * power >= rough)
        first = math.ceil(self._low / step)
        return [n * step for n in range(first, math.floor(self._high / step) + 1)]
