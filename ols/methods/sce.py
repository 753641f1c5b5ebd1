"""Symmetric cross-entropy, SCE or SL (Wang et al., ICCV 2019, arXiv 1908.06112).

    L = alpha * -sum_k t_k log p_k  +  beta * -sum_k p_k log t_k

log 0 is set to a constant: the authors' code clips t at 1e-4, which is log 0 = -9.2. Their
weights are (6, 0.1) for CIFAR-100 and (0.1, 1) for CIFAR-10, both with a learning rate of 0.1
(YisenWang/symmetric_cross_entropy_for_noisy_labels, loss.py and train_models.py). alpha multiplies
the step: 6 at a rate of 0.1 is cross-entropy at 0.6.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ols.methods.criterion import RunContext
from ols.methods.targets import as_distributions, prepare
from ols.spec.methods.sce import SymmetricCrossEntropy


def reverse_cross_entropy(logits: Tensor, targets: Tensor, floor: float = 1e-4) -> Tensor:
    """-sum_k p_k log max(t_k, floor), the mean over the batch."""
    logits = prepare(logits, targets)
    log_t = as_distributions(targets, logits).clamp(min=floor).log()
    return -(torch.softmax(logits, 1) * log_t).sum(1).mean()


def symmetric_cross_entropy(
    logits: Tensor, targets: Tensor, alpha: float = 6.0, beta: float = 0.1, floor: float = 1e-4
) -> Tensor:
    """The mean loss; alpha = 1 and beta = 0 is cross-entropy."""
    logits = prepare(logits, targets)
    forward = F.cross_entropy(logits, targets)
    return alpha * forward + beta * reverse_cross_entropy(logits, targets, floor)


class SymmetricCrossEntropyLoss(nn.Module):
    """`symmetric_cross_entropy` with its weights and what stands for a target of 0."""

    def __init__(self, alpha: float = 6.0, beta: float = 0.1, floor: float = 1e-4) -> None:
        super().__init__()
        self.alpha, self.beta, self.floor = alpha, beta, floor

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        return symmetric_cross_entropy(logits, targets, self.alpha, self.beta, self.floor)


def build(method: SymmetricCrossEntropy, context: RunContext) -> nn.Module:
    return SymmetricCrossEntropyLoss(method.alpha, method.beta, method.floor)
