"""Self-adaptive training, SAT (Huang et al., NeurIPS 2020, arXiv 2002.10319).

    t_i <- a t_i + (1 - a) p(x_i),   w_i = max_k t_ik
    L = sum_i w_i (-sum_k t_ik log p_k(x_i)) / sum_i w_i

t_i starts as the label, a = 0.9. Until the start epoch the loss is cross-entropy: epoch 60 of the
authors' 200, so 0.3 of a run here (LayneH/self-adaptive-training, losses/loss.py and
scripts/cifar100/run_sat.sh). The share scales with the run, the momentum doesn't: after n epochs
of adapting a label still weighs 0.9^n, 0.36 after 10.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.distributed.collectives import batch_mean
from ols.methods.criterion import Criterion, RunContext, Step, epoch_after
from ols.methods.sample_table import SampleTable, one_hot_table
from ols.methods.targets import cross_entropies
from ols.spec.methods.sat import SelfAdaptive


def weighted_soft_cross_entropy(logits: Tensor, soft: Tensor) -> Tensor:
    """(B,): samples weigh as much as their soft target's largest entry; the mean weight is that of
    the whole batch, over all processes."""
    weights = soft.amax(1)
    losses = -(soft * torch.log_softmax(logits, 1)).sum(1)
    return losses * weights / batch_mean(weights)


class SelfAdaptiveLoss(Criterion):
    """`labels` (N,): of the whole training set, where the targets start. Once it adapts it is these
    that count, not the targets of a step."""

    needs_step = True

    def __init__(
        self,
        labels: Tensor,
        num_classes: int,
        momentum: float = 0.9,
        start: float = 0.3,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.momentum, self.start = momentum, start
        self.adapting = False
        self.soft = SampleTable(one_hot_table(labels, num_classes))

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        last = epoch_after(self.start, epochs)
        self.adapting = epoch > last
        return epoch == last + 1

    def end_epoch(self) -> None:
        self.soft.end_epoch()

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        if not self.adapting:
            return cross_entropies(logits, targets)
        p = torch.softmax(logits.detach(), 1)
        past = self.soft.look_up(step.indices).to(p.dtype)
        soft = self.momentum * past + (1 - self.momentum) * p
        if self.learns:
            self.soft.write(step.indices, soft)
        return weighted_soft_cross_entropy(logits, soft)


def build(method: SelfAdaptive, context: RunContext) -> nn.Module:
    labels = context.required_labels()
    return SelfAdaptiveLoss(labels, context.num_classes, method.momentum, method.start)
