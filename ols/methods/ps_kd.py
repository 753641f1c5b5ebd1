"""Progressive self-knowledge distillation, PS-KD (Kim et al., ICCV 2021, arXiv 2006.12000).

    t = (1 - a_t) one-hot(y) + a_t p^{t-1}(x),   a_t = a_T t / T,   a_T = 0.8

The target mixes in what the network predicted for the same sample in the epoch before: the softmax
of that epoch's training-mode forward pass, kept for each sample, as in the authors' code. In the
first epoch it is the label.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.sample_table import SampleTable, one_hot_table
from ols.methods.targets import as_distributions, cross_entropies
from ols.spec.methods.ps_kd import PsKd


class PsKdLoss(Criterion):
    """`labels` (N,): of the whole training set; remembers N x K probabilities."""

    needs_step = True

    def __init__(
        self, labels: Tensor, num_classes: int, alpha: float = 0.8, **options: Any
    ) -> None:
        super().__init__(**options)
        self.alpha = alpha
        self.share = 0.0
        self.past = SampleTable(one_hot_table(labels, num_classes))

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        self.share = self.alpha * epoch / epochs
        return True

    def end_epoch(self) -> None:
        self.past.end_epoch()

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        labels = as_distributions(targets, logits)
        past = self.past.look_up(step.indices).to(logits.dtype)
        if self.learns:
            self.past.write(step.indices, torch.softmax(logits.detach(), 1))
        return cross_entropies(logits, (1 - self.share) * labels + self.share * past)


def build(method: PsKd, context: RunContext) -> nn.Module:
    return PsKdLoss(context.required_labels(), context.num_classes, method.alpha)
