"""Epsilon-softmax with the absolute error (Wang et al., NeurIPS 2024, arXiv 2508.02387).

    L = -alpha log p^_y + 2 beta (1 - p_y),   p^ = (p + m onehot(argmax p)) / (m + 1)

p^ is all but one-hot: a sample that is predicted as another class costs log((m + 1) / p_y), however
sure the network is, which bounds what a wrong label can do. As in the authors' code
(cswjl/eps-softmax, losses.py, ECEandMAE) p^ is clipped at 1e-8 and the absolute error is the sum
over the classes, hence the 2. m, alpha and beta are those of its config.py for CIFAR-100 with 40%
symmetric noise.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import at_targets
from ols.spec.methods.epsilon_softmax import EpsilonSoftmax

LEAST_LOG = math.log(1e-8)


def log_epsilon_softmax(logits: Tensor, m: float = 1e4) -> Tensor:
    """log p^ (B, K), clipped; m = 0 is log-softmax."""
    log_p = torch.log_softmax(logits, 1)
    largest = torch.zeros_like(log_p, dtype=torch.bool)
    largest.scatter_(1, log_p.argmax(1, keepdim=True), True)
    # (p + m) / (m + 1) = 1 + (p - 1) / (m + 1), exact near 1.
    raised = torch.log1p(torch.expm1(log_p) / (m + 1)) if m else log_p
    return torch.where(largest, raised, log_p - math.log1p(m)).clamp(min=LEAST_LOG)


class EpsilonSoftmaxLoss(Criterion):
    """`log_epsilon_softmax` and the mean absolute error, with their weights."""

    def __init__(
        self, m: float = 1e4, alpha: float = 0.03, beta: float = 1.0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.m, self.alpha, self.beta = m, alpha, beta

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        sharpened = -at_targets(log_epsilon_softmax(logits, self.m), targets)
        absolute = -2 * at_targets(torch.expm1(torch.log_softmax(logits, 1)), targets)
        return self.alpha * sharpened + self.beta * absolute


def build(method: EpsilonSoftmax, context: RunContext) -> nn.Module:
    return EpsilonSoftmaxLoss(method.m, method.alpha, method.beta)
