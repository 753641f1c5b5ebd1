"""Label Smoothing++ (Chhabra et al., BMVC 2024, arXiv 2509.05307).

    t = (1 - a) one-hot(y) + a C[y],   C[y] = softmax of learned scores of the classes but y
    L = 1/2 [CE(t, p) with t fixed] + 1/2 [CE(p, t) with p fixed],   CE(q, p) = -sum_k q_k log p_k

a = 0.1. The first term trains the network, the second C, by the same optimiser with its weight
decay (the authors' default). Both halves are those of the code that calls itself the official one:
the network's gradient is half of what label smoothing gives it. C starts uniform.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.spec.methods.label_smoothing_pp import LabelSmoothingPP

EPSILON = 1e-6  # in both logarithms, as in the authors' code


class LabelSmoothingPPLoss(Criterion):
    """`scores` (K, K) are trained: the softmax of a row, its own class left out, is C[y]."""

    _own: Tensor  # (K, K): the diagonal

    def __init__(self, num_classes: int, alpha: float = 0.1, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = alpha
        self.scores = nn.Parameter(torch.zeros(num_classes, num_classes))
        self.register_buffer("_own", torch.eye(num_classes, dtype=torch.bool), persistent=False)

    def c_matrix(self) -> Tensor:
        """C (K, K): rows sum to 1, the diagonal is 0 (of one class alone, 1)."""
        least = torch.finfo(self.scores.dtype).min
        return torch.softmax(self.scores.masked_fill(self._own, least), 1)

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        p = torch.softmax(logits, 1)
        table = ((1 - self.alpha) * self._own + self.alpha * self.c_matrix()).to(p.dtype)
        t = _rows(table.detach(), targets)
        log_t = _rows((table + EPSILON).log(), targets)
        of_network = -(t * (p + EPSILON).log()).sum(1)
        return (of_network - (p.detach() * log_t).sum(1)) / 2


def _rows(table: Tensor, targets: Tensor) -> Tensor:
    """The rows (B, K) of a table (K, K) for the targets; of mixed ones their mean."""
    if not targets.is_floating_point():
        return table.index_select(0, targets)
    # Autocast would multiply in half precision.
    with torch.autocast(table.device.type, enabled=False):
        return targets.to(table.dtype) @ table


def build(method: LabelSmoothingPP, context: RunContext) -> nn.Module:
    return LabelSmoothingPPLoss(context.num_classes, method.alpha)
