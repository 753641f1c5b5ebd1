"""How methods stand label noise, on one dataset."""

from __future__ import annotations

from typing_extensions import TypedDict


class NoisePoint(TypedDict):
    """Runs of a method at one noise rate; `std` is the sample's, null for a single run."""

    mean: float
    std: float | None
    n: int
    runs: list[int]


class NoiseGain(TypedDict):
    """A method's mean accuracy minus the baseline's, with Welch's 95% interval where two seeds
    allow one; `sure`: significant after Holm."""

    mean: float
    low: float | None
    high: float | None
    n: int
    sure: bool


NoiseLines = dict[str, list[NoisePoint | None]]  # method -> a point per rate


class NoiseAccuracy(TypedDict):
    """In the last epoch and in the best one."""

    last: NoiseLines
    best: NoiseLines


class NoiseCalibration(TypedDict):
    """ECE in the last epoch."""

    last: NoiseLines


class MeanCurve(TypedDict):
    """Mean and deviation over runs at each epoch that any of them has; `n`: the most at one."""

    epochs: list[int]
    mean: list[float]
    std: list[float | None]
    n: int


class MemorisedCurve(MeanCurve):
    """The share of corrupted samples predicted as their wrong label, of a method at one rate."""

    rate: float
    method: str


class NoiseVerdict(TypedDict):
    """A sentence to be quoted; `sure`: the difference is significant."""

    sentence: str
    sure: bool


class NoiseReport(TypedDict):
    """Lists of a method have one point per rate, null without a result.

    `drop` is what a run loses between its best and its last epoch; `lost`, accuracy from the lowest
    to the highest rate.
    """

    rates: list[float]
    methods: list[str]
    baseline: str | None
    eval_on: list[str]
    accuracy: NoiseAccuracy
    calibration: NoiseCalibration
    gain: dict[str, list[NoiseGain | None]]
    drop: NoiseLines
    memorised: list[MemorisedCurve]
    lost: dict[str, float]
    claim: str
    verdicts: list[NoiseVerdict]
    warnings: list[str]


class DatasetCount(TypedDict):
    """How many of the runs chosen are on a dataset."""

    name: str
    runs: int


class NoiseAnswer(NoiseReport):
    """The report on `dataset`, of `datasets` the one with the most runs; null without runs."""

    dataset: str | None
    datasets: list[DatasetCount]
