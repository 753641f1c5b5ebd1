"""Symmetric cross-entropy, SCE or SL (Wang et al., ICCV 2019, arXiv 1908.06112).

    L = alpha * -log p_y  +  beta * -sum_k p_k log t_k

t is the label as a one-hot row, whose log 0 is set to a constant: the authors' code clips t at
1e-4, which is log 0 = -9.2, so that the second term is 9.2 (1 - p_y). Of a mixed target both terms
are their means over its classes. The authors' weights are (6, 0.1) for CIFAR-100 and (0.1, 1) for
CIFAR-10, both with a learning rate of 0.1 (YisenWang/symmetric_cross_entropy_for_noisy_labels,
loss.py and train_models.py). alpha multiplies the step: 6 at a rate of 0.1 is cross-entropy at 0.6.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import at_targets, cross_entropies
from ols.spec.methods.sce import SymmetricCrossEntropy


def reverse_cross_entropy(logits: Tensor, targets: Tensor, floor: float = 1e-4) -> Tensor:
    """(B,): -log floor (1 - p_y), exact near p_y = 1."""
    return -math.log(floor) * at_targets(-torch.expm1(torch.log_softmax(logits, 1)), targets)


def symmetric_cross_entropy(
    logits: Tensor, targets: Tensor, alpha: float = 6.0, beta: float = 0.1, floor: float = 1e-4
) -> Tensor:
    """The losses (B,); alpha = 1 and beta = 0 is cross-entropy."""
    forward = cross_entropies(logits, targets)
    return alpha * forward + beta * reverse_cross_entropy(logits, targets, floor)


class SymmetricCrossEntropyLoss(Criterion):
    """`symmetric_cross_entropy` with its weights and what stands for a target of 0."""

    def __init__(
        self, alpha: float = 6.0, beta: float = 0.1, floor: float = 1e-4, **options: Any
    ) -> None:
        super().__init__(**options)
        self.alpha, self.beta, self.floor = alpha, beta, floor

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return symmetric_cross_entropy(logits, targets, self.alpha, self.beta, self.floor)


def build(method: SymmetricCrossEntropy, context: RunContext) -> nn.Module:
    return SymmetricCrossEntropyLoss(method.alpha, method.beta, method.floor)
