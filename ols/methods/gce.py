"""Generalised cross-entropy, GCE (Zhang and Sabuncu, NeurIPS 2018, arXiv 1805.07836).

    L = (1 - p_y^q) / q,   q = 0.7

Between cross-entropy (q -> 0), which learns fast, and the mean absolute error (q = 1), which
forgives wrong labels. Its gradient is p_y^q times that of cross-entropy, so that with many classes
learning begins slowly: p_y = 1/K at first. q = 0.7 is that of the comparisons of SCE and OLS.

Truncated (section 3.3), samples with p_y <= k cost a constant, (1 - k^q) / q: they pull no more.
At first that would be all of them, so the plain loss comes first, for a third of the run: the
unofficial code (AlanChou/Truncated-Loss, k = 0.5) begins after 40 of 120 epochs. It then decides
every ten epochs, by the best network so far, which samples are left out; here, as in the paper's
equation, the prediction of the step itself does.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step, epoch_after
from ols.methods.targets import at_targets
from ols.spec.methods.gce import GeneralizedCrossEntropy


def generalized_cross_entropy(
    logits: Tensor, targets: Tensor, q: float = 0.7, k: float = 0.0
) -> Tensor:
    """The losses (B,), q > 0; k > 0: truncated there."""
    log_p = torch.log_softmax(logits, 1)
    if k:
        log_p = log_p.clamp(min=math.log(k))
    # p^q - 1 as expm1: exact near q = 0 too, where 1 - p^q would cancel.
    losses = -torch.expm1(q * log_p) / q
    return at_targets(losses, targets)


class GeneralizedCrossEntropyLoss(Criterion):
    """`generalized_cross_entropy` with its exponent `q`; after a share `start` of the epochs it is
    truncated at `k`."""

    def __init__(
        self, q: float = 0.7, k: float = 0.0, start: float = 1 / 3, **options: Any
    ) -> None:
        super().__init__(**options)
        self.q, self.k, self.start = q, k, start
        self.truncating = False

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        last = epoch_after(self.start, epochs)
        self.truncating = self.k > 0 and epoch > last
        return self.truncating and epoch == last + 1

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        k = self.k if self.truncating else 0.0
        return generalized_cross_entropy(logits, targets, self.q, k)


def build(method: GeneralizedCrossEntropy, context: RunContext) -> nn.Module:
    return GeneralizedCrossEntropyLoss(method.q, method.k, method.start)
