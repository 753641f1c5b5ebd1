"""Confident learning (Northcutt et al., JAIR 2021, arXiv 1911.00068), as its authors' cleanlab.

    t_j       = mean of p_j over the samples labelled j                      (class thresholds)
    C[i, j]   = samples labelled i whose class, among those with p_k >= t_k, is j
    joint     = C, each row scaled to the number of samples labelled i, all to sum 1

What lies off the diagonal estimates the share of wrong labels. p are out-of-sample probabilities
there; here they are a sample's mean softmax over the epochs, while it was trained on: memorised
labels have a past in which they were not.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ols.measures.sample_statistics import SampleStatistics

Array = NDArray[np.float64]
SLACK = 1e-6  # cleanlab's: a probability so little below its threshold counts


def class_thresholds(given: NDArray[np.int64], confidence: Array, num_classes: int) -> Array:
    """t (K,) from each sample's confidence in its given label; infinite for a class without one."""
    counts = np.bincount(given, minlength=num_classes)
    sums = np.bincount(given, confidence, minlength=num_classes)
    return np.where(counts > 0, sums / np.maximum(counts, 1), np.inf)


def self_confidence(given: NDArray[np.int64], confidence: Array, thresholds: Array) -> Array:
    """(N,) t_y - p_y, higher is more suspicious: cleanlab's order of label quality with adjusted
    probabilities."""
    return thresholds[given] - confidence


def confident_joint(statistics: SampleStatistics, thresholds: Array) -> Array:
    """(K, K) shares of the samples by given label (row) and estimated true one."""
    num_classes = len(thresholds)
    given, p = statistics.given, statistics.softmax.astype(np.float64)
    classes = statistics.classes
    if classes is None:
        classes = np.broadcast_to(np.arange(num_classes), p.shape)
    known = np.isfinite(p) & (classes >= 0)
    p = np.where(known, p, -1.0)
    confident = known & (p >= thresholds[classes] - SLACK)
    count = confident.sum(axis=1)
    first = np.where(count > 1, p.argmax(axis=1), confident.argmax(axis=1))
    guess = np.take_along_axis(classes, first[:, None], axis=1)[:, 0]
    counts = np.zeros((num_classes, num_classes))
    np.add.at(counts, (given[count > 0], guess[count > 0]), 1)
    # At least one sample of each class is right, as cleanlab has it.
    np.fill_diagonal(counts, counts.diagonal().clip(min=1))
    labelled = np.bincount(given, minlength=num_classes)
    joint = counts / counts.sum(axis=1, keepdims=True) * labelled[:, None]
    return joint / max(joint.sum(), 1)
