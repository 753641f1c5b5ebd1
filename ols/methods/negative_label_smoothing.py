"""Negative label smoothing, NLS (Wei et al., ICML 2022, arXiv 2106.04149).

    L = -(1 - r) log p_y - r / K sum_k log p_k,   r < 0

The equation of label smoothing, which pushes the other classes down instead of up: the label gets
more than 1, the others less than 0. It has no lower bound, so weight decay must hold it, and it is
for a network that knows something already: until the warm-up share of the run has passed the loss
is cross-entropy. The authors' code (UCSC-REAL/negative-label-smoothing, loss.py: loss_gls,
main_warmup.py) trains the warm-up in a run of its own.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step, epoch_after
from ols.methods.targets import cross_entropies
from ols.spec.methods.negative_label_smoothing import NegativeLabelSmoothing


def generalized_label_smoothing(logits: Tensor, targets: Tensor, rate: float) -> Tensor:
    """The losses (B,); rate 0 is cross-entropy, above it is label smoothing."""
    uniform = -torch.log_softmax(logits, 1).mean(1)
    return (1 - rate) * cross_entropies(logits, targets) + rate * uniform


class NegativeLabelSmoothingLoss(Criterion):
    """`generalized_label_smoothing` after a `warmup` share of the epochs."""

    def __init__(self, rate: float = -0.2, warmup: float = 0.5, **options: Any) -> None:
        super().__init__(**options)
        self.rate, self.warmup = rate, warmup
        self.smoothing = not warmup

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        if not self.warmup:
            return False
        last = epoch_after(self.warmup, epochs)
        self.smoothing = epoch > last
        return epoch == last + 1

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        rate = self.rate if self.smoothing else 0.0
        return generalized_label_smoothing(logits, targets, rate)


def build(method: NegativeLabelSmoothing, context: RunContext) -> nn.Module:
    return NegativeLabelSmoothingLoss(method.rate, method.warmup)
