"""How good soft labels and confidences are, epoch by epoch."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class QualityMeasure(TypedDict):
    """A measure of the soft labels; `kind` says how its numbers are printed."""

    name: str
    title: str
    unit: str
    kind: str
    help: str


class Quality(TypedDict):
    """`values[name][i]` was measured in `epochs[i]`; all three are empty for a run without."""

    epochs: list[int]
    values: dict[str, list[float | None]]
    measures: list[QualityMeasure]


class Diagrams(TypedDict):
    """Reliability diagrams: a list per epoch of a number per bin, null where a bin is empty.

    `ece` and `temperature`, that of the scaled diagrams alone, have a number per epoch.
    """

    count: list[list[float | None]]
    confidence: list[list[float | None]]
    accuracy: list[list[float | None]]
    ece: list[float | None]
    temperature: NotRequired[list[float | None]]


class Reliability(TypedDict):
    """Reliability before (`raw`) and after (`scaled`) temperature scaling; `bins` are edges.

    `split` was measured. The temperature was fitted on `fitted_on`, which is the same split: the
    holdout or, with `eval_on` test, the test set itself.
    """

    split: str | None
    fitted_on: str | None
    bins: list[float]
    epochs: list[int]
    raw: Diagrams
    scaled: Diagrams


class PooledReliability(TypedDict):
    """One diagram of several runs' last epochs, whose predictions all count alike, by bin."""

    confidence: list[float]
    accuracy: list[float]
    count: list[int]
    ece: float
