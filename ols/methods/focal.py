"""Focal loss (Lin et al., ICCV 2017, arXiv 1708.02002), for several classes.

    L = -(1 - p_y)^gamma log p_y,   gamma = 2

Samples that are predicted well count less. The paper's detector uses a balanced variant of two
classes, with a weight alpha = 0.25 of foreground against background; for several classes there is
no such weight here.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import at_targets
from ols.spec.methods.focal import Focal


def focal(logits: Tensor, targets: Tensor, gamma: float = 2.0) -> Tensor:
    """The losses (B,); gamma = 0 is cross-entropy."""
    log_p = torch.log_softmax(logits, 1)
    # 1 - p, exact near p = 1; the slope of a power below 1 is infinite at 0.
    rest = (-torch.expm1(log_p)).clamp(min=1e-12)
    return at_targets(-rest.pow(gamma) * log_p, targets)


class FocalLoss(Criterion):
    """`focal` with its exponent `gamma`."""

    def __init__(self, gamma: float = 2.0, **options: Any) -> None:
        super().__init__(**options)
        self.gamma = gamma

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return focal(logits, targets, self.gamma)


def build(method: Focal, context: RunContext) -> nn.Module:
    return FocalLoss(method.gamma)
