"""Audits of training labels, and label sets: decisions on them."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict


class AuditedSample(TypedDict):
    """A training sample by its `number` in the dataset's whole training part; `rank` counts from 1,
    the most suspicious first, over all samples whatever the filters.

    `confidence` in the given label and its `deviation` over the epochs; `learned`: the first epoch
    in which it was predicted as labelled, null for never; `forgotten`: how often no more. `true`
    stands only where the true labels are known; `decision` only where the label set that was asked
    for has one: a class, or null for drop; `agreement` only of several runs: how many have it above
    their cut. `url` is its picture's address, null where none was drawn.
    """

    number: int
    given: int
    given_name: str
    suggested: int
    suggested_name: str
    score: float | None
    rank: int
    confidence: float | None
    deviation: float | None
    learned: int | None
    forgotten: int
    true: NotRequired[int]
    true_name: NotRequired[str]
    decision: NotRequired[int | None]
    agreement: NotRequired[int]
    url: str | None


class AuditPage(TypedDict):
    """Samples by `score`, the most suspicious first; `total` match the filters."""

    score: str
    scores: list[str]
    truth: bool
    total: int
    runs: list[int]
    samples: list[AuditedSample]
    next_cursor: str | None


class AuditHistogram(TypedDict):
    """`counts[i]` samples lie between `edges[i]` and `edges[i + 1]`, `wrong[i]` of them are wrong
    where the truth is known; `cut`: the estimated border."""

    edges: list[float]
    counts: list[int]
    wrong: list[int] | None
    cut: float | None


class AuditPair(TypedDict):
    """How many samples above the cut are labelled `given` and look like `suggested`."""

    given: int
    suggested: int
    given_name: str
    suggested_name: str
    count: int


class AuditSummary(TypedDict):
    """`estimated_rate` of wrong labels by `score`, `estimated_rates` by each; `matrix` is the kind
    that holds the joint it estimates.

    Where the truth is known: `precision_at` and `recall_at` by depth ("100": among the first 100),
    `auroc` of each score; else null.
    """

    score: str
    scores: list[str]
    samples: int
    estimated_rate: float | None
    estimated_rates: dict[str, float | None]
    matrix: str
    truth: bool
    true_rate: float | None
    precision_at: dict[str, float] | None
    recall_at: dict[str, float] | None
    auroc: dict[str, float | None] | None
    histogram: AuditHistogram
    pairs: list[AuditPair]


class LabelDecision(TypedDict):
    """`label`: a class, or null where the sample is dropped; `by` whom and `at` what time it was
    decided."""

    number: int
    label: int | None
    by: str
    at: str


class LabelSetVersion(TypedDict):
    """One version of a label set; `hash` names its numbers and labels."""

    name: str
    version: int
    dataset: str
    hash: str
    count: int
    created_at: str


class LabelSetAnswer(LabelSetVersion):
    """With its decisions, by number."""

    decisions: list[LabelDecision]


class LabelSetList(TypedDict):
    """The newest version of each."""

    label_sets: list[LabelSetVersion]
