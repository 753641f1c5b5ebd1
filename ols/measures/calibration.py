"""Calibration: a reliability diagram's bins, the temperature that corrects a network's confidence.

Confidence is the softmax of the predicted class. ECE and its bins after Guo et al., On Calibration
of Modern Neural Networks (ICML 2017), which temperature scaling is from too.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ols.distributed.ranks import Ranks

ECE_BINS = 15
HOTTEST = 20.0  # temperatures are looked for from 1/20 to 20


@dataclass(frozen=True)
class ConfidenceBins:
    """Samples, sum of confidences and hits (ECE_BINS, 3), float64, in bins of equal width, each
    open on the left: (0, 1/15], ..., (14/15, 1]."""

    sums: NDArray[np.float64]

    @property
    def ece(self) -> float:
        """Sum over the bins of |hits - confidences|, over all samples."""
        samples, confidences, hits = self.sums.T
        return float(np.abs(hits - confidences).sum()) / max(samples.sum(), 1)

    def diagram(self) -> NDArray[np.float32]:
        """(ECE_BINS, 3): samples, mean confidence, accuracy; NaN where a bin is empty."""
        samples, confidences, hits = self.sums.T
        share = np.where(samples > 0, samples, np.nan)
        return np.stack([samples, confidences / share, hits / share], 1).astype(np.float32)


def bin_sums(confidences: Tensor, hits: Tensor) -> Tensor:
    """The sums of ConfidenceBins (ECE_BINS, 3), on the device; confidences and hits are (B,)."""
    confidences = confidences.double()
    places = places_of(confidences)
    rows = torch.stack([torch.ones_like(confidences), confidences, hits.double()], 1)
    return rows.new_zeros(ECE_BINS, 3).index_add_(0, places, rows)


def places_of(probabilities: Tensor) -> Tensor:
    """The bin of ConfidenceBins that each falls into, in the same shape."""
    return (probabilities.double() * ECE_BINS).ceil().long().sub_(1).clamp_(0, ECE_BINS - 1)


@dataclass(frozen=True)
class ScaledCalibration:
    """A split's numbers with its logits divided by `temperature`. Its top-1 is the same."""

    temperature: float
    nll: float
    bins: ConfidenceBins


class SplitLogits:
    """A split's logits and targets, those of this rank, kept on the device until an epoch ends."""

    def __init__(self, device: torch.device, ranks: Ranks) -> None:
        self._device = device
        self._ranks = ranks
        self._logits: list[Tensor] = []
        self._targets: list[Tensor] = []

    def add(self, logits: Tensor, targets: Tensor) -> None:
        """(B, K) and (B,)."""
        self._logits.append(logits)
        self._targets.append(targets)

    def answers(self) -> tuple[Tensor, Tensor]:
        """Confidence and whether the prediction is right, (M,) each, over all ranks."""
        rows = [
            torch.stack([confidences, predicted.eq(targets).float()], 1)
            for logits, targets in self._batches(1.0)
            for confidences, predicted in [logits.softmax(1).max(1)]
        ]
        none = torch.zeros(0, 2, device=self._device)
        confidences, hits = self._ranks.gather(torch.cat([none, *rows])).unbind(1)
        return confidences, hits.bool()

    def fit_temperature(self) -> float:
        """The temperature with the least negative log-likelihood on this split; waits for the
        device. NaN where none has one (a logit is not finite) or all the same (a single class)."""
        if any(logits.shape[1] == 1 for logits in self._logits):
            return math.nan
        from scipy.optimize import minimize_scalar  # a quarter of a second, and no epoch without it

        limit = math.log(HOTTEST)
        # One search on every rank, with the same sums and so the same steps.
        search = minimize_scalar(
            lambda log_t: self._nll(math.exp(log_t)),
            bounds=(-limit, limit),
            method="bounded",
            options={"xatol": 1e-5},
        )
        return math.exp(search.x) if math.isfinite(search.fun) else math.nan

    def scaled(self, temperature: float) -> ScaledCalibration:
        """Measured at this temperature, over all ranks."""
        if not math.isfinite(temperature):
            unknown = ConfidenceBins(np.full((ECE_BINS, 3), math.nan))
            return ScaledCalibration(math.nan, math.nan, unknown)
        sums = torch.zeros(ECE_BINS, 3, dtype=torch.float64, device=self._device)
        for logits, targets in self._batches(temperature):
            confidences, predicted = logits.softmax(1).max(1)
            sums += bin_sums(confidences, predicted.eq(targets))
        self._ranks.sum_(sums)
        bins = ConfidenceBins(sums.cpu().numpy())
        return ScaledCalibration(temperature, self._nll(temperature), bins)

    def _nll(self, temperature: float) -> float:
        total = torch.zeros(2, dtype=torch.float64, device=self._device)  # loss, samples
        for logits, targets in self._batches(temperature):
            own = logits.gather(1, targets.unsqueeze(1)).squeeze(1)
            total[0] += (logits.logsumexp(1) - own).double().sum()
            total[1] += len(targets)
        self._ranks.sum_(total)
        loss, samples = total.tolist()
        return loss / max(samples, 1)

    def _batches(self, temperature: float) -> list[tuple[Tensor, Tensor]]:
        pairs = zip(self._logits, self._targets, strict=True)
        return [(logits.float() / temperature, targets) for logits, targets in pairs]
