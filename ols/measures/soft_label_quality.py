"""Is a soft-label matrix any good? Numbers of one epoch, on exact float32 values. NumPy only.

S is (K, K), row y = the soft label of target class y; C the confusion, counts, row = true class.
A row that sums to 0 (no soft label, no sample) is left out of every mean; a measure that nothing
is left for is NaN. Natural logarithms: entropies and divergences are in nats.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

Array = NDArray[np.float64]

SMALLEST = 1e-7  # a probability below it counts as this where a logarithm is taken


def entropy(soft: Array) -> float:
    """Mean Shannon entropy of the rows, H(S_y) = -sum_k S_yk log S_yk. log K where uniform."""
    return _mean(_entropies(_used(soft)))


def target_probability(soft: Array) -> float:
    """Mean of the diagonal: what a soft label leaves to its own class."""
    return _mean(np.diag(soft)[soft.sum(axis=1) > 0])


def effective_partners(soft: Array) -> float:
    """Mean of exp H(q_y), q_y being row y without its target class, brought to sum 1.

    The perplexity, or Hill number of order 1 (Jost, Oikos 2006): how many classes a soft label
    names beside its own if it named all of them equally. 1 to K - 1; rows without a rest are out.
    """
    rest = soft.copy()
    np.fill_diagonal(rest, 0)
    rest = _used(rest)
    return _mean(np.exp(_entropies(rest)))


def change(soft: Array, before: Array) -> float:
    """Mean total variation distance of the rows, 1/2 sum_k |S_yk - S'_yk|, in [0, 1].

    Near 0 the soft labels have settled.
    """
    return _mean(np.abs(soft - before).sum(axis=1) / 2)


def kl_to_confusion(soft: Array, confusion: Array) -> float:
    """Mean KL(C_y || S_y), C's rows brought to sum 1: the nats by which the soft label fails to
    foretell what the network answers for images of the class. 0 where they agree.

    S is taken at no less than 1e-7, for a class that was answered and never learned.
    """
    both = (soft.sum(axis=1) > 0) & (confusion.sum(axis=1) > 0)
    answered, learned = _used(confusion[both]), np.maximum(_used(soft[both]), SMALLEST)
    ratios = np.log(np.where(answered > 0, answered, 1.0)) - np.log(learned)
    return _mean((answered * ratios).sum(axis=1))


def rank_correlation(soft: Array, other: Array) -> float:
    """Spearman's rank correlation of the cells off the diagonal, ties at their mean rank.

    Rows that either matrix leaves empty are out. NaN when one side has one value only.
    """
    both = (soft.sum(axis=1) > 0) & (other.sum(axis=1) > 0)
    cells = ~np.eye(len(soft), dtype=bool) & both[:, None]
    a, b = _ranks(soft[cells]), _ranks(other[cells])
    a, b = a - _mean(a), b - _mean(b)
    spread = math.sqrt(float((a * a).sum()) * float((b * b).sum()))
    return float((a * b).sum()) / spread if spread > 0 else math.nan


def same_superclass(superclasses: Sequence[str]) -> Array:
    """(K, K), 1 where two classes have one superclass."""
    names = np.asarray(list(superclasses))
    return (names[:, None] == names[None, :]).astype(np.float64)


def noise_posterior(given: ArrayLike, true: ArrayLike, num_classes: int) -> Array:
    """N (K, K), N_yk = P(true class is k | given label is y), counted from the labels.

    Bayes' inverse of the transition matrix of Patrini et al. (CVPR 2017): a soft label's row is
    chosen by the label that a sample was given.
    """
    counts = np.zeros((num_classes, num_classes))
    np.add.at(counts, (np.asarray(given), np.asarray(true)), 1)
    return counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)


def noise_leak(soft: Array, posterior: Array) -> float:
    """Mean over classes of sum_k min(S_yk, N_yk) / sum_k N_yk, k != y: the share of the noise's
    mass that the soft label repeats. 0: none of it (S = identity); 1: all (S = N, or S uniform).

    Classes that the noise spared are out.
    """
    rest, noise = soft.copy(), posterior.copy()
    np.fill_diagonal(rest, 0)
    np.fill_diagonal(noise, 0)
    hit = (noise.sum(axis=1) > 0) & (soft.sum(axis=1) > 0)
    return _mean(np.minimum(rest, noise)[hit].sum(axis=1) / noise[hit].sum(axis=1))


def noise_distance(soft: Array, posterior: Array) -> float:
    """Mean total variation distance between the rows of S and N, in [0, 1]."""
    both = (soft.sum(axis=1) > 0) & (posterior.sum(axis=1) > 0)
    return _mean(np.abs(soft[both] - posterior[both]).sum(axis=1) / 2)


class SoftLabelQuality:
    """All measures of each epoch in turn, as metrics named `soft_*`.

    `before` are the soft labels that the first measured epoch is compared with; `superclasses` one
    name per class; `posterior` see `noise_posterior`. The last two only where they are known.
    """

    def __init__(
        self,
        before: NDArray[np.float32],
        superclasses: Sequence[str] | None = None,
        posterior: Array | None = None,
    ) -> None:
        self.before = before
        self._related = None if superclasses is None else same_superclass(superclasses)
        self._posterior = posterior

    def measure(
        self, soft_labels: NDArray[np.float32], confusion: NDArray[np.uint32]
    ) -> dict[str, float]:
        """The epoch's metrics; the next call compares with these soft labels."""
        soft, counts = soft_labels.astype(np.float64), confusion.astype(np.float64)
        metrics = {
            "soft_entropy": entropy(soft),
            "soft_target": target_probability(soft),
            "soft_partners": effective_partners(soft),
            "soft_change": change(soft, self.before.astype(np.float64)),
            "soft_kl_confusion": kl_to_confusion(soft, counts),
            "soft_rank_confusion": rank_correlation(soft, counts),
        }
        if self._related is not None:
            metrics["soft_rank_superclass"] = rank_correlation(soft, self._related)
        if self._posterior is not None:
            metrics["soft_noise_leak"] = noise_leak(soft, self._posterior)
            metrics["soft_noise_distance"] = noise_distance(soft, self._posterior)
        self.before = soft_labels
        return metrics


def _used(matrix: Array) -> Array:
    """Its rows that are not empty, each brought to sum 1."""
    totals = matrix.sum(axis=1, keepdims=True)
    used = totals[:, 0] > 0
    return matrix[used] / totals[used]


def _entropies(rows: Array) -> Array:
    return -(rows * np.log(np.where(rows > 0, rows, 1.0))).sum(axis=1)


def _ranks(values: Array) -> Array:
    """From 1; equal values share the mean of their ranks."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[places]


def _mean(values: Array) -> float:
    return float(values.mean()) if len(values) else math.nan
