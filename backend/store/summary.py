"""A run's summary: last, best and best epoch of each metric. Plain functions on plain values.

Of a metric without a better side (a learning rate, an entropy) the lowest value counts as best.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from ols.spec.metrics import metric

SPARKLINE = 60  # points at most


def updated(
    summary: Mapping[str, Any], metrics: Mapping[str, float | None], epoch: int
) -> dict[str, Any]:
    """The summary after one more epoch. A null is never best."""
    return recompute([(epoch, metrics)], summary)


def recompute(
    epochs: Iterable[tuple[int, Mapping[str, float | None]]],
    before: Mapping[str, Any] | None = None,
    better: Mapping[str, str] | None = None,
) -> dict[str, Any]:
    """The summary of all these epochs, in order, which may follow on those of another summary.

    `better` says `min` or `max` of metrics that a run's owner knows better than their names do.
    """
    summary = {name: dict(entry) for name, entry in (before or {}).items()}
    for epoch, metrics in epochs:
        for name, value in metrics.items():
            entry = summary.setdefault(name, {"last": None, "best": None, "best_epoch": None})
            entry["last"] = value
            if value is not None and beats(better_side(name, better), value, entry["best"]):
                entry["best"], entry["best_epoch"] = value, epoch
    return summary


def better_side(name: str, better: Mapping[str, str] | None = None) -> str:
    """`max` where the metric's highest value is its best, else `min`.

    `better` is that of a logged run, of whose metrics each has a better side.
    """
    if better is not None and name in better:
        return better[name]
    side = metric(name).better
    return ("min" if better is None else "max") if side == "none" else side


def beats(side: str, value: float, best: float | None) -> bool:
    """Whether the value is better than the best one so far."""
    return best is None or (value > best if side == "max" else value < best)


def sparkline_epochs(last: int) -> list[int]:
    """Which of the epochs 1 to `last` a sparkline shows: all, or evenly spaced ones."""
    if last <= SPARKLINE:
        return list(range(1, last + 1))
    return [1 + round(i * (last - 1) / (SPARKLINE - 1)) for i in range(SPARKLINE)]
