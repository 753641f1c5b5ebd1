"""Label Smoothing++ (Chhabra et al., BMVC 2024, arXiv 2509.05307).

    t = (1 - a) one-hot(y) + a C[y],   C[y] = softmax of learned scores of the classes but y
    L = 1/2 [CE(t, p) with t fixed] + 1/2 [CE(p, t) with p fixed],   CE(q, p) = -sum_k q_k log p_k

a = 0.1. The first term trains the network, the second C, by the same optimiser with its weight
decay (the authors' default). Both halves are those of the code that calls itself the official one:
the network's gradient is half of what label smoothing gives it. C starts uniform.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ols.methods.criterion import RunContext
from ols.methods.targets import as_distributions, prepare
from ols.spec.methods.label_smoothing_pp import LabelSmoothingPP

EPSILON = 1e-6  # in both logarithms, as in the authors' code


def soft_cross_entropy(q: Tensor, p: Tensor) -> Tensor:
    """-sum_k q_k log p_k, the mean over the batch."""
    return -(q * (p + EPSILON).log()).sum(1).mean()


class LabelSmoothingPPLoss(nn.Module):
    """`scores` (K, K) are trained: the softmax of a row, its own class left out, is C[y]."""

    _own: Tensor  # (K, K): the diagonal

    def __init__(self, num_classes: int, alpha: float = 0.1) -> None:
        super().__init__()
        self.alpha = alpha
        self.scores = nn.Parameter(torch.zeros(num_classes, num_classes))
        self.register_buffer("_own", torch.eye(num_classes, dtype=torch.bool), persistent=False)

    def c_matrix(self) -> Tensor:
        """C (K, K): rows sum to 1, the diagonal is 0 (of one class alone, 1)."""
        least = torch.finfo(self.scores.dtype).min
        return torch.softmax(self.scores.masked_fill(self._own, least), 1)

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        logits = prepare(logits, targets)
        p = torch.softmax(logits, 1)
        labels = as_distributions(targets, logits)
        # Autocast would multiply in half precision.
        with torch.autocast(logits.device.type, enabled=False):
            learned = labels @ self.c_matrix().to(labels.dtype)
        t = (1 - self.alpha) * labels + self.alpha * learned
        return (soft_cross_entropy(t.detach(), p) + soft_cross_entropy(p.detach(), t)) / 2


def build(method: LabelSmoothingPP, context: RunContext) -> nn.Module:
    return LabelSmoothingPPLoss(context.num_classes, method.alpha)
