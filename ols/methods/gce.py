"""Generalised cross-entropy, GCE (Zhang and Sabuncu, NeurIPS 2018, arXiv 1805.07836).

    L = (1 - p_y^q) / q,   q = 0.7

Between cross-entropy (q -> 0), which learns fast, and the mean absolute error (q = 1), which
forgives wrong labels. Its gradient is p_y^q times that of cross-entropy, so that with many classes
learning begins slowly: p_y = 1/K at first. Without the paper's truncated variant, which drops
samples (AlanChou/Truncated-Loss has it). q = 0.7 is that of the comparisons of SCE and OLS.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import at_targets
from ols.spec.methods.gce import GeneralizedCrossEntropy


def generalized_cross_entropy(logits: Tensor, targets: Tensor, q: float = 0.7) -> Tensor:
    """The losses (B,), q > 0."""
    # p^q - 1 as expm1: exact near q = 0 too, where 1 - p^q would cancel.
    losses = -torch.expm1(q * torch.log_softmax(logits, 1)) / q
    return at_targets(losses, targets)


class GeneralizedCrossEntropyLoss(Criterion):
    """`generalized_cross_entropy` with its exponent `q`."""

    def __init__(self, q: float = 0.7, **options: Any) -> None:
        super().__init__(**options)
        self.q = q

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return generalized_cross_entropy(logits, targets, self.q)


def build(method: GeneralizedCrossEntropy, context: RunContext) -> nn.Module:
    return GeneralizedCrossEntropyLoss(method.q)
