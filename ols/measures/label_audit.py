"""How suspicious each training label is, by five scores, and how many labels are wrong.

    aum              - mean margin (Pleiss et al., NeurIPS 2020)
    mean_confidence  1 - mean confidence in the given label (Swayamdipta et al., EMNLP 2020)
    self_confidence  confident learning (confident_learning.py)
    class_margin     ours: how far the mean margin lies below the mean one of the given class, as
                     confident learning has a threshold per class
    soft_label       ours: how much better the soft label of another class explains what the
                     network said of a sample over the epochs than that of its own class

Higher is more suspicious in all of them. soft_label is a log-likelihood ratio. With p a sample's
mean softmax, l = log p - mean log p, m_k the mean of l over the samples of class k that are
predicted so (the logarithm of the soft label that the class has learned) and C their covariance
within the classes plus its mean variance times the identity:

    max_{k != y} g_k - g_y,   g_k = l C^-1 m_k - m_k C^-1 m_k / 2

Where only the top three classes are known it is sum_j p_j log S_kj - sum_j p_j log S_yj with the
soft labels S themselves. docs/audit.md has the forms that were tried and lost.

The cut between right and wrong labels is Otsu's (IEEE Trans. SMC 1979): the one that parts the
values into two groups with the least variance within. Where next to no sample lies beyond the point
at which another class fits better, there is one group and no label is wrong.
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
    aum = -statistics.margin.astype(np.float64)
    values = {
        "aum": aum,
        "class_margin": class_margin(statistics.given, aum, num_classes),
        "mean_confidence": 1 - confidence,
        "self_confidence": self_confidence(given, confidence, thresholds),
        "soft_label": soft_label_score(statistics, num_classes),
    }
    return {name: _scored(name, values, statistics, joint) for name in SCORE_NAMES}


def class_margin(given: NDArray[np.integer], aum: Array, num_classes: int) -> Array:
    """(N,): `aum` less its mean over the samples of the given class; NaN stays."""
    watched = np.isfinite(aum)
    sums = np.bincount(given[watched], aum[watched], num_classes)
    counts = np.bincount(given[watched], minlength=num_classes)
    means: Array = sums / np.maximum(counts, 1)
    return aum - means[given]


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
    """(N,): the log-likelihood ratio above."""
    if num_classes < 2:
        return np.full(len(statistics.given), np.nan)
    if statistics.classes is None:
        return _discriminant_ratio(statistics, num_classes)
    return _soft_label_ratio(statistics, num_classes)


def _discriminant_ratio(statistics: SampleStatistics, num_classes: int) -> Array:
    given, softmax = statistics.given, statistics.softmax.astype(np.float64)
    watched: NDArray[np.bool_] = np.asarray(np.isfinite(softmax).all(axis=1))
    logs = np.log(np.maximum(np.where(watched[:, None], softmax, 1.0), SMALLEST))
    logs -= logs.mean(axis=1, keepdims=True)
    right = watched & (softmax.argmax(axis=1) == given)
    learned = np.bincount(given[right], minlength=num_classes) > 0
    used = watched & (right | ~learned[given])  # of a class that was never predicted, all of it
    counts = np.bincount(given[used], minlength=num_classes)
    means = np.zeros((num_classes, num_classes))
    np.add.at(means, given[used], logs[used])
    means /= np.maximum(counts, 1)[:, None]
    spread = logs[right] - means[given[right]]
    covariance = spread.T @ spread / max(int(right.sum()), 1)
    shrinkage = max(np.trace(covariance) / num_classes, SMALLEST)
    inverse = np.linalg.inv(covariance + shrinkage * np.eye(num_classes))
    directions = inverse @ means.T  # (K, K), a column per class
    scores = logs @ directions - (means * directions.T).sum(axis=1) / 2
    scores[:, counts == 0] = -np.inf  # a class without samples explains nothing
    own = np.take_along_axis(scores, given[:, None], 1)[:, 0]
    np.put_along_axis(scores, given[:, None], -np.inf, 1)
    ratio = scores.max(axis=1) - own
    return np.where(watched & np.isfinite(ratio), ratio, np.nan)


def _soft_label_ratio(statistics: SampleStatistics, num_classes: int) -> Array:
    """From three classes per sample: those are its p and, with its own, all that are tried."""
    log_soft = np.log(np.maximum(learned_soft_labels(statistics, num_classes), SMALLEST))
    p, given, columns = statistics.softmax.astype(np.float64), statistics.given, statistics.classes
    assert columns is not None
    own = (p * log_soft[given[:, None], columns]).sum(axis=1)
    tried = (p[:, None, :] * log_soft[columns[:, :, None], columns[:, None, :]]).sum(axis=2)
    return np.where(columns == given[:, None], -np.inf, tried).max(axis=1) - own


def _scored(
    name: str, values: dict[str, Array], statistics: SampleStatistics, confident: Array
) -> ScoredLabels:
    own = values[name]
    order, count = ranking(own), len(own)
    if name == "self_confidence":
        joint = confident
        rate = float(1 - np.trace(joint))
        flagged = order[: round(rate * count)]
        cut = float(own[flagged[-1]]) if len(flagged) else float(np.nanmax(own, initial=0))
    else:
        cut = _cut(name, values)
        wrong = np.nan_to_num(own, nan=-np.inf) > cut
        rate = float(wrong.mean()) if count else 0.0
        estimated = np.where(wrong, statistics.other, statistics.given)
        joint = np.zeros_like(confident)
        np.add.at(joint, (statistics.given, estimated), 1 / max(count, 1))
    return ScoredLabels(own.astype(np.float32), cut, rate, joint.astype(np.float32))


def _cut(name: str, values: dict[str, Array]) -> float:
    # What a margin is below that of its class says nothing of which class fits better.
    judged = values["aum" if name == "class_margin" else name]
    doubted = judged[np.isfinite(judged)] > NATURAL[name]
    known = values[name][np.isfinite(values[name])]
    if not len(known) or np.mean(doubted) < LEAST_DOUBT:
        return float(known.max(initial=0)) if name == "class_margin" else NATURAL[name]
    return otsu(known)


def otsu(values: Array) -> float:
    """The largest value of the lower group."""
    ascending = np.sort(values)
    count = np.arange(1, len(ascending))
    if not len(count):
        return float(ascending[0])
    sums = np.cumsum(ascending)
    low, high = sums[:-1] / count, (sums[-1] - sums[:-1]) / count[::-1]
    between = count * count[::-1] * (high - low) ** 2
    return float(ascending[between.argmax()])


# Beyond which another class fits better than the given one, by the score alone.
NATURAL: Final = {"aum": 0.0, "class_margin": 0.0, "mean_confidence": 0.5, "soft_label": 0.0}
LEAST_DOUBT = 1e-3  # share of such samples, below which the network doubts no label
