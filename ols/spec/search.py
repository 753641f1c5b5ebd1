"""What a search looks for, what it may spend, and when it gives a run up: parts of a sweep."""

import math
from collections.abc import Mapping
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from ols.spec.errors import misfit
from ols.spec.metric import Metric
from ols.spec.metrics import ACCURACY, METRICS, metric
from ols.spec.parts.base import Part

MOST_RUNS = 5_000  # of one sweep

SEARCHABLE = tuple(
    one.name
    for one in METRICS
    if one.better != "none" and one.split in ("val", "train") and one.exists == "always"
)


class Objective(Part):
    """The number that a search makes as good as it can; which side is better the metric knows."""

    metric: str = Field(ACCURACY, description="A metric of every epoch.")
    at: Literal["last", "best", "holdout"] = Field(
        "last",
        description="last, best: epoch. holdout: the same measure of the test set, at the end of "
        "runs that validate on a holdout.",
    )
    seeds: int = Field(1, ge=1, le=20, description="Runs of every setting, whose mean counts.")

    @model_validator(mode="after")
    def _can_be_searched_by(self) -> Self:
        if self.metric not in SEARCHABLE:
            near = ", ".join(name for name in SEARCHABLE if name.startswith("val_"))
            raise misfit("metric", f"no metric of every epoch with a better side; such as {near}")
        if self.at == "holdout" and metric(self.metric).split != "val":
            raise misfit("metric", "at the holdout a validation metric is needed, such as val_top1")
        return self

    @property
    def measured(self) -> Metric:
        """The metric whose value counts: at the holdout that of the test set."""
        name = f"test_{metric(self.metric).measure}" if self.at == "holdout" else self.metric
        return metric(name)

    def value(self, summary: Mapping[str, Any]) -> float | None:
        """Of one run, given the last and the best of each of its metrics."""
        entry = summary.get(self.measured.name) or {}
        return entry.get("best" if self.at == "best" else "last")


class Budget(Part):
    """Where a search ends: whichever of the two comes first."""

    runs: int | None = Field(None, ge=1, le=MOST_RUNS)
    hours: float | None = Field(
        None, gt=0, le=100_000, description="Of training, summed over the runs."
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.runs is None and self.hours is None:
            raise misfit("runs", "a budget is a number of runs, of hours, or both")
        return self


class Halving(Part):
    """ASHA (Li et al. 2020): at certain epochs only one setting in `factor` continues.

    Settings are compared `late` where early accuracy says little about the end: see Sweep.late.
    """

    first_epoch: int | None = Field(
        None,
        ge=1,
        le=10_000,
        description="First look; empty: a ninth of the epochs, two thirds where training labels "
        "are wrong.",
    )
    factor: int = Field(3, ge=2, le=10, description="One in so many continues.")

    def first(self, epochs: int, late: bool = False) -> int:
        """The epoch of the first look at runs of that many epochs."""
        usual = 2 * epochs / 3 if late else epochs / self.factor**2
        return self.first_epoch or max(1, math.ceil(usual))

    def rungs(self, epochs: int, late: bool = False) -> list[int]:
        """The epochs at which a run of that many is compared: never its last one."""
        rungs, rung = [], self.first(epochs, late)
        while rung < epochs:
            rungs.append(rung)
            rung *= self.factor
        return rungs
