"""Hard bootstrapping (Reed et al., ICLR workshop 2015, arXiv 1412.6596).

    L = -sum_k [beta t_k + (1 - beta) z_k] log p_k,   z = one-hot(argmax p),   beta = 0.8

The target is mixed with the class that the network predicts at the moment. beta is that of SCE's
comparison (YisenWang/symmetric_cross_entropy_for_noisy_labels, loss.py).
"""

from __future__ import annotations

import torch.nn.functional as F
from torch import Tensor, nn

from ols.methods.criterion import RunContext
from ols.methods.targets import prepare
from ols.spec.methods.bootstrap_hard import BootstrapHard


def bootstrap_hard(logits: Tensor, targets: Tensor, beta: float = 0.8) -> Tensor:
    """The mean loss; beta = 1 is cross-entropy."""
    logits = prepare(logits, targets)
    predicted = F.cross_entropy(logits, logits.detach().argmax(1))
    return beta * F.cross_entropy(logits, targets) + (1 - beta) * predicted


class BootstrapHardLoss(nn.Module):
    """`bootstrap_hard` with its weight of the given label, `beta`."""

    def __init__(self, beta: float = 0.8) -> None:
        super().__init__()
        self.beta = beta

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        return bootstrap_hard(logits, targets, self.beta)


def build(method: BootstrapHard, context: RunContext) -> nn.Module:
    return BootstrapHardLoss(method.beta)
