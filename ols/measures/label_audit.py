"""How suspicious each training label is, by four scores, and how many labels are wrong.

    aum              - mean margin (Pleiss et al., NeurIPS 2020)
    mean_confidence  1 - mean confidence in the given label (Swayamdipta et al., EMNLP 2020)
    self_confidence  confident learning (confident_learning.py)
    soft_label       ours: how much better the soft label of another class explains the sample's
                     mean softmax p than that of its own:
                     max_{k != y} sum_j p_j log S_kj - sum_j p_j log S_yj

Higher is more suspicious in all of them. S_k is what class k has learned: the mean softmax of the
samples labelled k that are predicted so, as OLS has it, from the samples' own means. docs/audit.md
has the forms of soft_label that were tried and lost. NumPy only.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ols.measures.confident_learning import class_thresholds, confident_joint, self_confidence
from ols.measures.sample_statistics import SampleStatistics
from ols.spec.audit_scores import SCORE_NAMES

Array = NDArray[np.float64]

SMALLEST = 1e-7  # of a probability whose logarithm is taken


@dataclass(frozen=True)
class ScoredLabels:
    """One score of N samples: `values` (N,), NaN where a sample was not watched.

    `cut`: samples above it are taken for wrong, `rate` of all. `joint` (K, K): shares of the
    samples by given label (row) and estimated true one.
    """

    values: NDArray[np.float32]
    cut: float
    rate: float
    joint: NDArray[np.float32]


def audit_labels(statistics: SampleStatistics, num_classes: int) -> dict[str, ScoredLabels]:
    """All scores, by name."""
    given, confidence = statistics.given, statistics.confidence.astype(np.float64)
    thresholds = class_thresholds(given, np.nan_to_num(confidence), num_classes)
    joint = confident_joint(statistics, thresholds)
    values = {
        "aum": -statistics.margin.astype(np.float64),
        "mean_confidence": 1 - confidence,
        "self_confidence": self_confidence(given, confidence, thresholds),
        "soft_label": soft_label_score(statistics, num_classes),
    }
    return {name: _scored(name, values[name], statistics, joint) for name in SCORE_NAMES}


def ranking(values: NDArray[np.floating]) -> NDArray[np.int64]:
    """(N,) places of the samples, the most suspicious first; those not watched last."""
    return np.argsort(-np.where(np.isnan(values), -np.inf, values), kind="stable")


def learned_soft_labels(statistics: SampleStatistics, num_classes: int) -> Array:
    """S (K, K): a class's mean softmax over its samples that are predicted as labelled; of a class
    without one its label alone."""
    p, classes = statistics.softmax.astype(np.float64), statistics.classes
    best = p.argmax(axis=1)
    predicted = best if classes is None else np.take_along_axis(classes, best[:, None], 1)[:, 0]
    right = (predicted == statistics.given) & np.isfinite(p).all(axis=1)
    soft = np.zeros((num_classes, num_classes))
    if classes is None:
        np.add.at(soft, statistics.given[right], p[right])
    else:
        rows = np.repeat(statistics.given[right], p.shape[1])
        np.add.at(soft, (rows, classes[right].ravel()), p[right].ravel())
    totals = soft.sum(axis=1, keepdims=True)
    return np.where(totals > 0, soft / np.maximum(totals, SMALLEST), np.eye(num_classes))


def soft_label_score(statistics: SampleStatistics, num_classes: int) -> Array:
    """(N,): the log-likelihood ratio above. Where three classes are known of a sample, those are
    its p and, with its own, all classes that are tried."""
    log_soft = np.log(np.maximum(learned_soft_labels(statistics, num_classes), SMALLEST))
    p, given = statistics.softmax.astype(np.float64), statistics.given
    if num_classes < 2:
        return np.full(len(given), np.nan)
    if statistics.classes is None:
        likelihood = p @ log_soft.T  # (N, K)
        own = np.take_along_axis(likelihood, given[:, None], 1)[:, 0]
        np.put_along_axis(likelihood, given[:, None], -np.inf, 1)
        return likelihood.max(axis=1) - own
    columns = statistics.classes
    own = (p * log_soft[given[:, None], columns]).sum(axis=1)
    tried = (p[:, None, :] * log_soft[columns[:, :, None], columns[:, None, :]]).sum(axis=2)
    return np.where(columns == given[:, None], -np.inf, tried).max(axis=1) - own


def _scored(
    name: str, values: Array, statistics: SampleStatistics, confident: Array
) -> ScoredLabels:
    order, count = ranking(values), len(values)
    if name == "self_confidence":
        joint = confident
        rate = float(1 - np.trace(joint))
        flagged = order[: round(rate * count)]
        cut = float(values[flagged[-1]]) if len(flagged) else float(np.nanmax(values, initial=0))
    else:
        cut = CUTS[name]
        wrong = np.nan_to_num(values, nan=-np.inf) > cut
        rate = float(wrong.mean()) if count else 0.0
        estimated = np.where(wrong, statistics.other, statistics.given)
        joint = np.zeros_like(confident)
        np.add.at(joint, (statistics.given, estimated), 1 / max(count, 1))
    return ScoredLabels(values.astype(np.float32), cut, rate, joint.astype(np.float32))


# Where a score says by itself that another class fits better.
CUTS: Final = {"aum": 0.0, "mean_confidence": 0.5, "soft_label": 0.0}
