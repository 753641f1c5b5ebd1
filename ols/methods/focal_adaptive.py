"""Sample-dependent focal loss, FLSD-53 (Mukhoti et al., NeurIPS 2020, arXiv 2002.09437).

    L = -(1 - p_y)^gamma log p_y,   gamma = 5 if p_y < 0.2 else 3

gamma is a constant of the sample's present prediction, not a function of it that is differentiated.
As the authors' code (torrvision/focal_calibration, Losses/focal_loss_adaptive_gamma.py with
gamma = 3).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import at_targets
from ols.spec.methods.focal_adaptive import AdaptiveFocal

LOW = 0.2  # probability of the label


def focal_adaptive(
    logits: Tensor, targets: Tensor, gamma: float = 3.0, gamma_low: float = 5.0
) -> Tensor:
    """The losses (B,); with both exponents equal they are those of focal loss."""
    log_p = torch.log_softmax(logits, 1)
    rest = (-torch.expm1(log_p)).clamp(min=1e-12)  # as in focal
    powers = torch.where(log_p.exp() < LOW, rest.pow(gamma_low), rest.pow(gamma))
    return at_targets(-powers * log_p, targets)


class AdaptiveFocalLoss(Criterion):
    """`focal_adaptive` with its exponents."""

    def __init__(self, gamma: float = 3.0, gamma_low: float = 5.0, **options: Any) -> None:
        super().__init__(**options)
        self.gamma, self.gamma_low = gamma, gamma_low

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return focal_adaptive(logits, targets, self.gamma, self.gamma_low)


def build(method: AdaptiveFocal, context: RunContext) -> nn.Module:
    return AdaptiveFocalLoss(method.gamma, method.gamma_low)
