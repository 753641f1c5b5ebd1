"""How good the probabilities of a network are, beyond ECE in bins of equal width.

    brier           mean over the samples of sum_k (p_k - [k is the true class])^2, from 0 to 2
                    (Brier, Monthly Weather Review 1950)
    ece_adaptive    ECE in 15 bins of equally many samples, ordered by confidence (Nixon et al.,
                    Measuring Calibration in Deep Learning, CVPR workshops 2019)
    ece_classwise   mean over the classes of the ECE of p_k against [k is the true class], in 15
                    bins of equal width (Nixon et al. 2019: static calibration error)
    aurc            area under the risk-coverage curve: the mean over n of the share of errors among
                    the n samples with the highest confidence (Geifman et al., ICLR 2019)

Confidence is the softmax of the predicted class. Samples of one confidence have no order: each
counts as their mean, so neither batches nor ranks change a number.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ols.distributed.ranks import Ranks
from ols.measures.calibration import ECE_BINS, places_of

Array = NDArray[np.float64]

PIECE = 2_000  # samples


@dataclass(frozen=True)
class ProbabilityScores:
    """Of one split; NaN where it has no sample."""

    brier: float
    ece_adaptive: float
    ece_classwise: float
    aurc: float

    def metrics(self, prefix: str) -> dict[str, float]:
        return {f"{prefix}_{name}": value for name, value in vars(self).items()}


class ProbabilityScorer:
    """Feeds on batches; nothing waits for the device before `result`."""

    def __init__(self, num_classes: int, device: torch.device, ranks: Ranks) -> None:
        self._ranks = ranks
        self._brier = torch.zeros((), dtype=torch.float64, device=device)
        # Over all samples, per class and bin: [it is the true class] - p_k.
        self._gaps = torch.zeros(num_classes * ECE_BINS, dtype=torch.float64, device=device)
        self._confidences: list[Tensor] = []
        self._hits: list[Tensor] = []

    def update(self, p: Tensor, targets: Tensor) -> None:
        """Softmax (B, K) and true labels (B,)."""
        classes = torch.arange(p.shape[1], device=p.device)
        # In pieces: (B, K) in float64 is large where a whole split of ImageNet comes at once.
        for piece, own in zip(p.split(PIECE), targets.split(PIECE), strict=True):
            gaps = own.unsqueeze(1).eq(classes).double() - piece.double()
            self._brier += gaps.square().sum()
            cells = classes * ECE_BINS + places_of(piece)
            self._gaps.index_add_(0, cells.flatten(), gaps.flatten())
        confidences, predicted = p.max(1)
        self._confidences.append(confidences)
        self._hits.append(predicted.eq(targets))

    def result(self) -> ProbabilityScores:
        """Over all ranks."""
        self._ranks.sum_(self._brier, self._gaps)
        empty = self._brier.new_zeros(0)
        seen = torch.stack(
            [
                torch.cat([*(each.double() for each in parts), empty])
                for parts in (self._confidences, self._hits)
            ],
            1,
        )
        confidences, hits = self._ranks.gather(seen).cpu().numpy().T
        count, classes = len(hits), len(self._gaps) // ECE_BINS
        if not count:
            return ProbabilityScores(math.nan, math.nan, math.nan, math.nan)
        confidences, hits = in_order(confidences, hits)
        return ProbabilityScores(
            brier=float(self._brier) / count,
            ece_adaptive=adaptive_ece(confidences, hits),
            ece_classwise=float(self._gaps.abs().sum()) / count / classes,
            aurc=aurc(hits),
        )


def in_order(confidences: Array, hits: Array) -> tuple[Array, Array]:
    """Both (N,), the highest confidence first; samples of one confidence share their mean hit."""
    values, group, sizes = np.unique(-confidences, return_inverse=True, return_counts=True)
    means = np.bincount(group, hits) / sizes
    return np.repeat(-values, sizes), np.repeat(means, sizes)


def adaptive_ece(confidences: Array, hits: Array) -> float:
    """Of samples in order (N,); the bins' sizes differ by one at most."""
    parts = np.array_split(hits - confidences, ECE_BINS)
    return float(sum(abs(part.sum()) for part in parts)) / len(hits)


def aurc(hits: Array) -> float:
    """Of samples in order (N,)."""
    return float(np.mean(np.cumsum(1 - hits) / np.arange(1, len(hits) + 1)))
