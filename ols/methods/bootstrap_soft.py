"""Soft bootstrapping (Reed et al., ICLR workshop 2015, arXiv 1412.6596).

    L = -sum_k [beta t_k + (1 - beta) p_k] log p_k,   beta = 0.95

The target is mixed with the network's own prediction. The gradient goes through that prediction
too, which makes it an entropy that is minimised. Weight and gradient are those of two later papers
that compare with it: forward correction (giorgiop/loss-correction, loss.py) and SCE
(YisenWang/symmetric_cross_entropy_for_noisy_labels, loss.py). Both clip p at 1e-7, beyond which
they have no gradient; here the logarithm is exact.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import cross_entropies
from ols.spec.methods.bootstrap_soft import BootstrapSoft


def bootstrap_soft(logits: Tensor, targets: Tensor, beta: float = 0.95) -> Tensor:
    """The losses (B,); beta = 1 is cross-entropy."""
    log_p = torch.log_softmax(logits, 1)
    entropies = -(log_p.exp() * log_p).sum(1)
    return beta * cross_entropies(logits, targets) + (1 - beta) * entropies


class BootstrapSoftLoss(Criterion):
    """`bootstrap_soft` with its weight of the given label, `beta`."""

    def __init__(self, beta: float = 0.95, **options: Any) -> None:
        super().__init__(**options)
        self.beta = beta

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return bootstrap_soft(logits, targets, self.beta)


def build(method: BootstrapSoft, context: RunContext) -> nn.Module:
    return BootstrapSoftLoss(method.beta)
