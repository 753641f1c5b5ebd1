"""Tables as papers print them, and what they say."""

from __future__ import annotations

from typing import Any, Literal

from typing_extensions import TypedDict


class TableKey(TypedDict):
    """A row or a column: its fields' values, and in words."""

    fields: dict[str, Any]
    title: str


class PublishedResult(TypedDict):
    """What a paper printed for the same setting; `top1` is a fraction, like ours."""

    top1: float
    source: str


class TableCell(TypedDict):
    """Runs of one setting: `values` belong to `runs`, those with a result.

    `std` is the sample's, null below two; `best` marks the best of its row and what is
    not significantly different from it (corrected p of 0.05), where something else is.
    """

    mean: float | None
    std: float | None
    n: int
    best: bool
    values: list[float]
    runs: list[int]
    published: PublishedResult | None


class TestedDifference(TypedDict):
    """A difference of means in the metric's own unit: its 95% interval and two-sided p-value."""

    value: float
    low: float
    high: float
    p: float


class TableVerdict(TypedDict):
    """One column against the baseline's in one row.

    `pairs` counts the seeds that both have; `welch` is Welch's t-test, `paired` a bootstrap over
    these pairs, each null where there are too few results. `welch_p` and `paired_p` are corrected
    after Holm; `sure`: the stricter of them is below 0.05.
    """

    row: int
    column: int
    n: int
    n_baseline: int
    pairs: int
    difference: float
    welch: TestedDifference | None
    paired: TestedDifference | None
    welch_p: float | None
    paired_p: float | None
    sentence: str
    sure: bool


class TableImprovement(TypedDict):
    """A column's mean difference to the baseline over the `rows` that have both."""

    column: int
    rows: int
    mean: float


class ResultTable(TypedDict):
    """`cells[i][j]` belongs to `rows[i]` and `columns[j]`; `baseline` is a column's number."""

    metric: str
    which: Literal["last", "best", "last_ten"]
    eval_on: list[str]
    caveats: list[str]  # what was picked or fitted on the split that the numbers are measured on
    rows: list[TableKey]
    columns: list[TableKey]
    cells: list[list[TableCell]]
    baseline: int
    verdicts: list[TableVerdict]
    improvements: list[TableImprovement]
    warnings: list[str]
