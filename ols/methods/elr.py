"""Early-learning regularisation, ELR (Liu et al., NeurIPS 2020, arXiv 2007.00151).

    L = -log p_y + lambda log(1 - <t, p>),   t <- beta t + (1 - beta) p,   beta = 0.9, lambda = 7

t is a running average of the network's predictions for the sample, from 0. The second term keeps
predictions near it, so that what was learned early is not overwritten by memorised labels. As in
the authors' code (shengliu66/ELR, ELR/model/loss.py) p is clipped to [1e-4, 1 - 1e-4] in it, and t
is updated before it is used. beta and lambda are those of ELR/config_cifar100.json, which trains
150 epochs with a learning rate of 0.02 and weight decay 1e-3.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.sample_table import SampleTable, empty_table
from ols.methods.targets import cross_entropies
from ols.spec.methods.elr import EarlyLearning

CLIP = 1e-4


class EarlyLearningLoss(Criterion):
    """`averages` (N, K): of each sample's predictions."""

    needs_step = True

    def __init__(
        self, averages: Tensor, beta: float = 0.9, weight: float = 7.0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.beta, self.weight = beta, weight
        self.averages = SampleTable(averages)

    def end_epoch(self) -> None:
        self.averages.end_epoch()

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        p = torch.softmax(logits, 1).clamp(CLIP, 1 - CLIP)
        now = p.detach() / p.detach().sum(1, keepdim=True)
        past = self.averages.look_up(step.indices).to(now.dtype)
        average = self.beta * past + (1 - self.beta) * now
        if self.learns:
            self.averages.write(step.indices, average)
        agreement = (average * p).sum(1)
        return cross_entropies(logits, targets) + self.weight * (1 - agreement).log()


def build(method: EarlyLearning, context: RunContext) -> nn.Module:
    labels = context.required_labels()
    averages = empty_table(len(labels), context.num_classes, labels.device)
    return EarlyLearningLoss(averages, method.beta, method.weight)
