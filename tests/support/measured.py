"""What two trainings of one spec must agree on: every metric but those that a clock measured."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeVar

from ols.spec.metrics import METRICS
from ols.spec.run_spec import RunSpec

TIMES = {metric.name for metric in METRICS if metric.kind in ("seconds", "rate")}

Series = dict[str, list[float | None]]  # metric -> a value per epoch; None where it is not finite
T = TypeVar("T")


def without_times(values: Mapping[str, T]) -> dict[str, T]:
    """The metrics that the spec determines."""
    return {name: value for name, value in values.items() if name not in TIMES}


def directly(spec: Mapping[str, Any], data_dir: Path) -> Series:
    """Of a spec that the library trains here: no worker, no database, no kill."""
    from ols.training.trainer import Trainer  # only here: it loads torch

    epochs = [
        report.metrics for report in Trainer(RunSpec.parse(spec), data_dir=data_dir, threads=1)
    ]
    return {
        name: [value if math.isfinite(value := epoch[name]) else None for epoch in epochs]
        for name in without_times(epochs[0])
    }
