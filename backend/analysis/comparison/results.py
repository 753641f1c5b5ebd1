"""The table of results: a row a run, or a row a setting with means over its seeds."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backend.analysis.comparison.settings import Group
from backend.analysis.figures.curves import TITLES
from backend.store.summary import higher_is_better

# metric, which of its numbers, title. Calibration stands beside accuracy.
COLUMNS = (
    ("val_top1", "best", "best val top-1"),
    ("val_top1", "last", "last val top-1"),
    ("val_ece", "last", "last val ECE"),
    ("val_loss", "last", "last val loss"),
    ("test_top1", "last", "test top-1"),
    ("train_top1", "last", "last train top-1"),
    ("train_memorized", "last", TITLES["train_memorized"]),
    ("epoch_seconds", "last", "per epoch"),
)
_JUDGED = ("val_top1", "val_ece", "val_loss", "test_top1")  # the others have no better side


@dataclass(frozen=True)
class Stat:
    """`n` runs have a result; `std` is the sample's, None for fewer than two."""

    mean: float | None
    std: float | None
    n: int
    best: bool = False
    epoch: int | None = None  # at which a single run was best


@dataclass(frozen=True)
class Results:
    """`rows[i][j]` belongs to the i-th group and to `columns[j]`."""

    columns: list[tuple[str, str, str]]
    rows: list[list[Stat]]


def results(runs: Sequence[Mapping[str, Any]], groups: Sequence[Group]) -> Results:
    """The columns that some run has; the best of a column is marked, by its mean."""
    shown, made = [], []
    for column in COLUMNS:
        name, which, _ = column
        stats = [_stat([runs[place] for place in group.places], name, which) for group in groups]
        if any(stat.n for stat in stats):
            shown.append(column)
            made.append(_marked(stats, name))
    return Results(shown, [list(row) for row in zip(*made, strict=True)] or [[] for _ in groups])


def _stat(members: Sequence[Mapping[str, Any]], name: str, which: str) -> Stat:
    found = [run["summary"].get(name, {}) for run in members]
    values = [one[which] for one in found if one.get(which) is not None]
    if not values:
        return Stat(None, None, 0)
    epoch = found[0].get("best_epoch") if which == "best" and len(members) == 1 else None
    std = statistics.stdev(values) if len(values) > 1 else None
    return Stat(statistics.fmean(values), std, len(values), epoch=epoch)


def _marked(stats: Sequence[Stat], name: str) -> list[Stat]:
    means = [stat.mean for stat in stats if stat.mean is not None]
    if name not in _JUDGED or len(means) < 2:
        return list(stats)
    best = (max if higher_is_better(name) else min)(means)
    return [replace(stat, best=stat.mean == best) for stat in stats]
