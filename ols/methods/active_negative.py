"""Active-negative loss, ANL-CE (Ye et al., NeurIPS 2023; arXiv 2412.02373).

    L = alpha log p_y / sum_k log p_k  +  beta (1 - (A + log p_y) / sum_k (A + log p_k))
    A = -log 1e-7,   log p clipped at -A in the second term

The active term is that of NCE + RCE. The negative one is the normalised loss of the complementary
labels turned upside down, and replaces the mean absolute error that the passive losses are all
versions of. As in the authors' code (Virusdoll/Active-Negative-Loss, loss.py), which adds an L1
norm of the network's weights in place of weight decay and clips gradients at 5: a recipe, of which
`optimizer.clip_norm` and `optimizer.weight_decay` say what can be said here. alpha and beta are
those of config/cifar100_anl_ce.json.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.nce_rce import normalized_cross_entropy
from ols.methods.targets import at_targets
from ols.spec.methods.active_negative import ActiveNegative

LEAST_LOG = math.log(1e-7)


def normalized_negative_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,) in [0, 1]: 0 where only the label's probability is above 1e-7."""
    above = torch.log_softmax(logits, 1).clamp(min=LEAST_LOG) - LEAST_LOG
    return 1 - at_targets(above / above.sum(1, keepdim=True), targets)


class ActiveNegativeLoss(Criterion):
    """The two losses with their weights."""

    def __init__(self, alpha: float = 10.0, beta: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.alpha, self.beta = alpha, beta

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        active = normalized_cross_entropy(logits, targets)
        negative = normalized_negative_cross_entropy(logits, targets)
        return self.alpha * active + self.beta * negative


def build(method: ActiveNegative, context: RunContext) -> nn.Module:
    return ActiveNegativeLoss(method.alpha, method.beta)
