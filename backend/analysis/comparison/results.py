"""The table of results: a row per run, or per setting with means over its seeds."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

from backend.analysis.comparison.settings import Group
from backend.analysis.tables.emphasis import bold
from backend.analysis.targets import short_title, summary_value, targets, which_of
from backend.schemas.runs import RunRow
from ols.spec.metrics import metric


@dataclass(frozen=True)
class Stat:
    """`n` runs have a result; `std` is the sample's, None for fewer than two."""

    mean: float | None
    std: float | None
    n: int
    best: bool = False  # or not significantly different from the best of its column
    epoch: int | None = None  # at which a single run was best


@dataclass(frozen=True)
class Results:
    """`rows[i][j]` belongs to the i-th group and to `columns[j]`: metric, last or best, title."""

    columns: list[tuple[str, Literal["last", "best"], str]]
    rows: list[list[Stat]]


def results(runs: Sequence[RunRow], groups: Sequence[Group]) -> Results:
    """The columns that some run has; significant differences are marked."""
    columns, stats_by_column = [], []
    for target in targets("results"):
        name, which = which_of(target)
        stats = [_stat([runs[place] for place in group.places], name, which) for group in groups]
        if any(stat.n for stat in stats):
            columns.append((name, which, short_title(target)))
            stats_by_column.append(_marked(stats, name))
    rows = [list(row) for row in zip(*stats_by_column, strict=True)]
    return Results(columns, rows or [[] for _ in groups])


def _stat(members: Sequence[RunRow], name: str, which: Literal["last", "best"]) -> Stat:
    all_values = [summary_value(run, name, which) for run in members]
    values = [value for value in all_values if value is not None]
    if not values:
        return Stat(None, None, 0)
    alone = which == "best" and len(members) == 1
    epoch = members[0]["summary"][name]["best_epoch"] if alone else None
    std = statistics.stdev(values) if len(values) > 1 else None
    return Stat(statistics.fmean(values), std, len(values), epoch=epoch)


def _marked(stats: Sequence[Stat], name: str) -> list[Stat]:
    if "headline" not in metric(name).shown:
        return list(stats)  # the others do not say which run is better
    return [
        replace(stat, best=best) for stat, best in zip(stats, bold([stats], name)[0], strict=True)
    ]
