"""Margin-based label smoothing, MbLS (Liu et al., CVPR 2022, arXiv 2111.15430).

    L = -log p_y + lambda * mean_k max(0, max_j z_j - z_k - m),   m = 10, lambda = 0.1

Logits may lie up to a margin apart; label smoothing is the margin 0. Margin, lambda and the mean
over the classes are the authors' code's (by-liu/MbLS, calibrate/losses/logit_margin_l1.py and
configs/loss/logit_margin.yaml), which is what was checked, not the paper's text.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import cross_entropies
from ols.spec.methods.mbls import MarginSmoothing


def margin_smoothing(
    logits: Tensor, targets: Tensor, margin: float = 10.0, weight: float = 0.1
) -> Tensor:
    """The losses (B,); a margin that no logits exceed is cross-entropy."""
    excess = (logits.amax(1, keepdim=True) - logits - margin).clamp(min=0)
    return cross_entropies(logits, targets) + weight * excess.mean(1)


class MarginSmoothingLoss(Criterion):
    """`margin_smoothing` with its margin and its weight."""

    def __init__(self, margin: float = 10.0, weight: float = 0.1, **options: Any) -> None:
        super().__init__(**options)
        self.margin, self.weight = margin, weight

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return margin_smoothing(logits, targets, self.margin, self.weight)


def build(method: MarginSmoothing, context: RunContext) -> nn.Module:
    return MarginSmoothingLoss(method.margin, method.weight)
