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
    result = {name: dict(entry) for name, entry in summary.items()}
    for name, value in metrics.items():
        entry = result.setdefault(name, {"last": None, "best": None, "best_epoch": None})
        entry["last"] = value
        if value is not None and _beats(name, value, entry["best"]):
            entry["best"], entry["best_epoch"] = value, epoch
    return result


def recompute(epochs: Iterable[tuple[int, Mapping[str, float | None]]]) -> dict[str, Any]:
    """The summary of all these epochs, in order."""
    summary: dict[str, Any] = {}
    for epoch, metrics in epochs:
        summary = updated(summary, metrics, epoch)
    return summary


def sparkline_epochs(last: int) -> list[int]:
    """Which of the epochs 1 to `last` a sparkline shows: all, or evenly spaced ones."""
    if last <= SPARKLINE:
        return list(range(1, last + 1))
    return [1 + round(i * (last - 1) / (SPARKLINE - 1)) for i in range(SPARKLINE)]


def _beats(name: str, value: float, best: float | None) -> bool:
    if best is None:
        return True
    return value > best if metric(name).better == "max" else value < best
