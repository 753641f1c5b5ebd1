"""What is measured: accumulators that stay on the device until an epoch ends.

Nothing here makes the host wait for a GPU within an epoch; `result()` does, once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ols.distributed.ranks import Ranks
from ols.measures.calibration import (
    ECE_BINS,
    ConfidenceBins,
    ScaledCalibration,
    SplitLogits,
    bin_sums,
)
from ols.measures.probability_scores import ProbabilityScorer, ProbabilityScores

ALONE = Ranks()


@dataclass(frozen=True)
class Evaluation:
    """Numbers of one split. `loss` is the mean negative log-likelihood, whatever the method."""

    loss: float
    top1: float
    top5: float
    ece: float
    bins: ConfidenceBins
    scaled: ScaledCalibration
    scores: ProbabilityScores
    confusion: NDArray[np.uint32]  # (K, K) counts, row = true class
    probabilities: NDArray[np.float32]  # (K, K) mean softmax, row = true class

    def metrics(self, prefix: str) -> dict[str, float]:
        return {
            f"{prefix}_loss": self.loss,
            f"{prefix}_nll": self.loss,
            f"{prefix}_top1": self.top1,
            f"{prefix}_top5": self.top5,
            f"{prefix}_ece": self.ece,
            f"{prefix}_temperature": self.scaled.temperature,
            f"{prefix}_nll_scaled": self.scaled.nll,
            f"{prefix}_ece_scaled": self.scaled.bins.ece,
            **self.scores.metrics(prefix),
        }

    def reliability(self) -> NDArray[np.float32]:
        """(2, bins, 3), before and after temperature scaling: see `ConfidenceBins.diagram`."""
        return np.stack([self.bins.diagram(), self.scaled.bins.diagram()])


class Evaluator:
    """Feeds on batches of logits (B, K) and true labels (B,).

    Top-5 is top-min(5, K). ECE and temperature scaling: see calibration.py. The logits stay on the
    device until the result is asked for (200 MB for ImageNet's validation set).
    """

    def __init__(self, num_classes: int, device: torch.device, ranks: Ranks = ALONE) -> None:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.float64, device=device)

        self._num_classes = num_classes
        self._ranks = ranks
        self._logits = SplitLogits(device, ranks)
        self._scorer = ProbabilityScorer(num_classes, device, ranks)
        self._predicted: list[Tensor] = []
        self._count = zeros()
        self._loss = zeros()
        self._top5 = zeros()
        self._bins = zeros(ECE_BINS, 3)  # samples, sum of confidences, hits
        self._confusion = torch.zeros(num_classes**2, dtype=torch.int64, device=device)
        self._probabilities = zeros(num_classes, num_classes)

    @torch.no_grad()
    def update(self, logits: Tensor, targets: Tensor) -> None:
        log_p = torch.log_softmax(logits.float(), 1)
        p = log_p.exp()
        confidences, predicted = p.max(1)
        self._count += len(targets)
        self._loss -= log_p.gather(1, targets.unsqueeze(1)).double().sum()
        best = logits.topk(min(5, self._num_classes), 1).indices
        self._top5 += best.eq(targets.unsqueeze(1)).sum()
        self._bins += bin_sums(confidences, predicted.eq(targets))
        self._scorer.update(p, targets)
        self._logits.add(logits, targets)
        self._predicted.append(predicted)
        cells = targets * self._num_classes + predicted
        self._confusion.index_add_(0, cells, torch.ones_like(cells))
        self._probabilities.index_add_(0, targets, p.double())

    def predictions(self, places: Tensor, count: int) -> NDArray[np.int64]:
        """What each of the split's `count` samples was taken for, over all ranks; `places` are
        those that this one has seen, in the order in which it has."""
        predicted = torch.zeros(count, dtype=torch.int64, device=self._confusion.device)
        if self._predicted:
            predicted[places.to(predicted.device)] = torch.cat(self._predicted)
        self._ranks.sum_(predicted)
        return predicted.cpu().numpy()

    def answers(self) -> tuple[Tensor, Tensor]:
        """Confidences and hits of all samples, (M,), over all ranks; on the device."""
        return self._logits.answers()

    def fit_temperature(self) -> float:
        """The one that scales this split's logits best; see `SplitLogits.fit_temperature`."""
        return self._logits.fit_temperature()

    def result(self, temperature: float | None = None) -> Evaluation:
        """The split's numbers, each rank having seen a part of it; waits for the device.

        Scaled by `temperature`, or by the one that is fitted here if None.
        """
        self._ranks.sum_(self._count, self._loss, self._top5, self._bins)
        self._ranks.sum_(self._confusion, self._probabilities)
        count = max(int(self._count), 1)
        confusion = self._confusion.view(self._num_classes, self._num_classes).cpu()
        per_class = confusion.sum(1, keepdim=True).clamp(min=1)
        bins = ConfidenceBins(self._bins.cpu().numpy())
        if temperature is None:
            temperature = self.fit_temperature()
        return Evaluation(
            loss=float(self._loss) / count,
            top1=int(confusion.trace()) / count,
            top5=float(self._top5) / count,
            ece=bins.ece,
            bins=bins,
            scaled=self._logits.scaled(temperature),
            scores=self._scorer.result(),
            confusion=confusion.numpy().astype(np.uint32),
            probabilities=(self._probabilities.cpu() / per_class).numpy().astype(np.float32),
        )
