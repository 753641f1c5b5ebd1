"""Soft bootstrapping (Reed et al., ICLR workshop 2015, arXiv 1412.6596).

    L = -sum_k [beta t_k + (1 - beta) p_k] log p_k,   beta = 0.95

The target is mixed with the network's own prediction. The gradient goes through that prediction
too, which makes it an entropy that is minimised. Weight and gradient are those of the code of two
later papers that compare with it: forward correction (giorgiop/loss-correction, loss.py) and SCE
(YisenWang/symmetric_cross_entropy_for_noisy_labels, loss.py).
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ols.methods.criterion import RunContext
from ols.methods.targets import prepare
from ols.spec.methods.bootstrap_soft import BootstrapSoft


def bootstrap_soft(logits: Tensor, targets: Tensor, beta: float = 0.95) -> Tensor:
    """The mean loss; beta = 1 is cross-entropy."""
    logits = prepare(logits, targets)
    log_p = torch.log_softmax(logits, 1)
    entropy = -(log_p.exp() * log_p).sum(1).mean()
    return beta * F.cross_entropy(logits, targets) + (1 - beta) * entropy


class BootstrapSoftLoss(nn.Module):
    """`bootstrap_soft` with its weight of the given label, `beta`."""

    def __init__(self, beta: float = 0.95) -> None:
        super().__init__()
        self.beta = beta

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        return bootstrap_soft(logits, targets, self.beta)


def build(method: BootstrapSoft, context: RunContext) -> nn.Module:
    return BootstrapSoftLoss(method.beta)
