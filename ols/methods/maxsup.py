"""Max suppression, MaxSup (Zhou et al., NeurIPS 2025, arXiv 2502.15798).

    L = -log p_y + a (max_k z_k - mean_k z_k),   a from 0.1 to 0.2, linear in the epoch

Label smoothing pulls down the target's logit; this pulls down the largest, right or wrong. From the
authors' code (ZhouYuxuanYX/Maximum-Suppression-Regularization, Conv/ffcv/losses.py), but that
theirs divides by the number of epochs, so that its last epoch is a step short of 0.2.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import cross_entropies
from ols.spec.methods.maxsup import MaxSup


def maxsup(logits: Tensor, targets: Tensor, weight: float) -> Tensor:
    """The losses (B,); weight = 0 is cross-entropy."""
    return cross_entropies(logits, targets) + weight * (logits.amax(1) - logits.mean(1))


class MaxSupLoss(Criterion):
    """`maxsup` with a weight that goes from `begin` in the first epoch to `end` in the last."""

    def __init__(self, begin: float = 0.1, end: float = 0.2, **options: Any) -> None:
        super().__init__(**options)
        self.begin, self.end = begin, end
        self.weight = begin

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        self.weight = self.begin + (self.end - self.begin) * (epoch - 1) / max(1, epochs - 1)
        return False

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return maxsup(logits, targets, self.weight)


def build(method: MaxSup, context: RunContext) -> nn.Module:
    return MaxSupLoss(method.begin, method.end)
