"""Confidence penalty (Pereyra et al., 2017, arXiv 1701.06548).

    L = -log p_y - beta H(p),   beta = 0.1

Label smoothing adds the divergence of the prediction from the uniform distribution, this one the
divergence of the uniform distribution from the prediction: both are least where all classes are
equally probable.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import cross_entropies
from ols.spec.methods.confidence_penalty import ConfidencePenalty


def confidence_penalty(logits: Tensor, targets: Tensor, beta: float = 0.1) -> Tensor:
    """The losses (B,); beta = 0 is cross-entropy."""
    log_p = torch.log_softmax(logits, 1)
    entropies = -(log_p.exp() * log_p).sum(1)
    return cross_entropies(logits, targets) - beta * entropies


class ConfidencePenaltyLoss(Criterion):
    """`confidence_penalty` with its weight `beta`."""

    def __init__(self, beta: float = 0.1, **options: Any) -> None:
        super().__init__(**options)
        self.beta = beta

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return confidence_penalty(logits, targets, self.beta)


def build(method: ConfidencePenalty, context: RunContext) -> nn.Module:
    return ConfidencePenaltyLoss(method.beta)
