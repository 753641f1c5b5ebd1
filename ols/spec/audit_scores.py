"""The scores by which an audit ranks training labels: names, titles, help, in every list's order.

ols.measures.label_audit computes them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ScoreName = Literal["aum", "class_margin", "mean_confidence", "self_confidence", "soft_label"]


@dataclass(frozen=True)
class AuditScore:
    """Higher is more suspicious."""

    name: ScoreName
    title: str
    help: str


SCORES = (
    AuditScore(
        "soft_label",
        "Soft label",
        "How much better the soft label of another class explains the network's answers than that "
        "of the given class (log-likelihood ratio).",
    ),
    AuditScore(
        "class_margin",
        "Margin below its class",
        "How far the mean margin over the epochs lies below the mean one of its class: the area "
        "under the margin with a threshold per class.",
    ),
    AuditScore(
        "self_confidence",
        "Confident learning",
        "How far the confidence in the given label lies below that of its class (Northcutt et al., "
        "JAIR 2021).",
    ),
    AuditScore(
        "aum",
        "Area under the margin",
        "The mean margin over the epochs by which another class beats the given one (Pleiss et "
        "al., NeurIPS 2020).",
    ),
    AuditScore(
        "mean_confidence",
        "Mean confidence",
        "One minus the mean confidence in the given label (Swayamdipta et al., EMNLP 2020).",
    ),
)
SCORE_NAMES: tuple[ScoreName, ...] = tuple(score.name for score in SCORES)
DEFAULT_SCORE: ScoreName = SCORE_NAMES[0]
