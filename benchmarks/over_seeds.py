"""Runs of the library that differ in their seeds, and what they come to together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from statistics import mean, stdev
from typing import Any

from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer


def trainer(fields: dict[str, Any], data_dir: Path) -> Trainer:
    """Of a run in one thread."""
    return Trainer(RunSpec.parse(fields), data_dir=data_dir, threads=1)


def last_epoch(run: Trainer) -> dict[str, float]:
    """Trains it; the metrics of its last epoch."""
    metrics: dict[str, float] = {}
    for report in run:
        metrics = report.metrics
    return metrics


def cell(values: Sequence[float], scale: float = 100, digits: int = 1, sign: str = "") -> str:
    """Mean and, of several, deviation; in percent unless `scale` says otherwise. `sign`: `+` writes
    it of positive means too."""
    spread = f" ± {scale * stdev(values):.{digits}f}" if len(values) > 1 else ""
    return f"{scale * mean(values):{sign}.{digits}f}{spread}"
