"""What is measured: accumulators that stay on the device until an epoch ends.

Nothing here makes the host wait for a GPU within an epoch; `result()` does, once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ols.ranks import Ranks

ALONE = Ranks()
ECE_BINS = 15


@dataclass(frozen=True)
class Evaluation:
    """Numbers of one split. `loss` is the mean negative log-likelihood, whatever the method."""

    loss: float
    top1: float
    top5: float
    ece: float
    confusion: NDArray[np.uint32]  # (K, K) counts, row = true class
    probabilities: NDArray[np.float32]  # (K, K) mean softmax, row = true class

    def metrics(self, prefix: str) -> dict[str, float]:
        return {
            f"{prefix}_loss": self.loss,
            f"{prefix}_top1": self.top1,
            f"{prefix}_top5": self.top5,
            f"{prefix}_ece": self.ece,
        }


class Evaluator:
    """Feeds on batches of logits (B, K) and true labels (B,).

    Top-5 is top-min(5, K). ECE (Guo et al., ICML 2017) takes the confidence of the predicted
    class in 15 bins of equal width, each open on the left: (0, 1/15], ..., (14/15, 1].
    """

    def __init__(self, num_classes: int, device: torch.device) -> None:
        def zeros(*shape: int) -> Tensor:
            return torch.zeros(shape, dtype=torch.float64, device=device)

        self._num_classes = num_classes
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
        self._update_bins(confidences.double(), predicted.eq(targets).double())
        cells = targets * self._num_classes + predicted
        self._confusion.index_add_(0, cells, torch.ones_like(cells))
        self._probabilities.index_add_(0, targets, p.double())

    def result(self, ranks: Ranks = ALONE) -> Evaluation:
        """The split's numbers, each rank having seen a part of it; waits for the device."""
        ranks.sum_(self._count, self._loss, self._top5, self._bins)
        ranks.sum_(self._confusion, self._probabilities)
        count = max(int(self._count), 1)
        confusion = self._confusion.view(self._num_classes, self._num_classes).cpu()
        per_class = confusion.sum(1, keepdim=True).clamp(min=1)
        _, confidences, hits = self._bins.cpu().unbind(1)
        return Evaluation(
            loss=float(self._loss) / count,
            top1=int(confusion.trace()) / count,
            top5=float(self._top5) / count,
            ece=float((hits - confidences).abs().sum()) / count,
            confusion=confusion.numpy().astype(np.uint32),
            probabilities=(self._probabilities.cpu() / per_class).numpy().astype(np.float32),
        )

    def _update_bins(self, confidences: Tensor, hits: Tensor) -> None:
        bins = (confidences * ECE_BINS).ceil().long().sub_(1).clamp_(0, ECE_BINS - 1)
        rows = torch.stack([torch.ones_like(confidences), confidences, hits], 1)
        self._bins.index_add_(0, bins, rows)
