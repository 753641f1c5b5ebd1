"""OLS+: online label smoothing that trusts a label as far as its soft label explains the sample.

    L_i = v_i (alpha * -log p_y  +  (1 - alpha) * -sum_k S[y, k] log p_k)
    v_i = exp(-kappa r D_i / log K),   D_i = max_j sum_k m_i[k] log(S[j, k] / S[y, k])

This lab's own, not published. S are the soft labels of OLS (Zhang et al., IEEE TIP 2021, arXiv
2011.12562), gathered as there. m_i is the running mean of the network's predictions for sample i,
with momentum 0.8 per epoch, divided by its sum, so that the first epochs count in full. D_i >= 0 is
how much better the soft label of the best other class explains m_i than that of the given one, the
difference of their cross-entropies: 0 where the given class explains it best. r, which estimates
the share of wrong labels, is the square root of the share of samples of the epoch before with D_i >
0 times the mean of 1 - exp(-D_i) over all: the share alone is large too while little is learned,
the mean alone grows too late where most labels are wrong. Hard samples of clean data keep their
weight. log K, the entropy of knowing nothing, is what D is measured in: among many classes a sample
that is only hard is contradicted more. kappa = 50.

A contradicted sample trains little and is not pulled to another class: it counts again once the
network's belief in its label returns. Classes that resemble each other have similar soft labels, so
a dispute between them counts little. Before anything is learned S is uniform and every sample
counts in full. kappa = 0 is OLS, and so is this as long as no label is contradicted.
"""

from __future__ import annotations

import math
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor, nn

from ols.distributed.collectives import several_processes
from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.ols import OnlineLabelSmoothing
from ols.methods.sample_table import SampleTable, empty_table
from ols.spec.methods.ols_plus import OnlineLabelSmoothingPlus

FLOOR = 1e-4  # of a soft label in its logarithm: what no sample has shown yet isn't impossible
ROUNDING = 1e-4  # D is not 0 below it only by the order of sums, as while S is uniform


def contradictions(beliefs: Tensor, soft: Tensor, targets: Tensor) -> Tensor:
    """D (B,) >= 0, of beliefs (B, K), soft labels (K, K) and classes (B,)."""
    with torch.autocast(beliefs.device.type, enabled=False):  # which would take half precision
        explained = beliefs @ soft.clamp(min=FLOOR).log().to(beliefs.dtype).t()
    return explained.amax(1) - explained.gather(1, targets.unsqueeze(1)).squeeze(1)


class OnlineLabelSmoothingPlusLoss(Criterion):
    """`beliefs` (N, K): the running mean of each sample's predictions, from 0. `rate` (): the
    rate r after the last epoch; `doubts` (3,): of the running one, how many labels are
    contradicted, the sum of 1 - exp(-D), and how many samples there were."""

    needs_step = True
    rate: Tensor
    doubts: Tensor

    def __init__(
        self,
        beliefs: Tensor,
        alpha: float = 0.5,
        kappa: float = 50.0,
        momentum: float = 0.8,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.kappa, self.momentum = kappa, momentum
        self.unit = math.log(max(2, beliefs.shape[1]))  # nats; one class disputes nothing
        self.beliefs = SampleTable(beliefs)
        self.register_buffer("rate", torch.zeros((), device=beliefs.device))
        self.register_buffer("doubts", torch.zeros(3, device=beliefs.device))
        self.ols = OnlineLabelSmoothing(
            beliefs.shape[1], alpha, reduction="none", ignore_index=None
        )

    def end_epoch(self) -> None:
        self.beliefs.end_epoch()
        self.ols.end_epoch()
        if several_processes():
            dist.all_reduce(self.doubts)
        share, mean, _ = self.doubts / self.doubts[2].clamp(min=1)
        self.rate.copy_((share * mean).sqrt())
        self.doubts.zero_()

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        now = torch.softmax(logits.detach(), 1)
        past = self.beliefs.look_up(step.indices).to(now.dtype)
        belief = self.momentum * past + (1 - self.momentum) * now
        normed = belief / belief.sum(1, keepdim=True)
        contradicted = contradictions(normed, self.ols.soft_labels, targets)
        if self.learns:
            self.beliefs.write(step.indices, belief)
            self._count(contradicted)
        losses: Tensor = self.ols(logits, targets)
        return torch.exp(-self.kappa * self.rate * contradicted / self.unit) * losses

    def _count(self, contradicted: Tensor) -> None:
        """NaN, of a step that overflowed, is not counted."""
        self.doubts[0] += contradicted.gt(ROUNDING).sum()
        self.doubts[1] -= torch.expm1(-contradicted.nan_to_num(0.0)).sum()
        self.doubts[2] += contradicted.isfinite().sum()


def build(method: OnlineLabelSmoothingPlus, context: RunContext) -> nn.Module:
    labels = context.required_labels()
    beliefs = empty_table(len(labels), context.num_classes, labels.device)
    return OnlineLabelSmoothingPlusLoss(beliefs, method.alpha, method.kappa, method.momentum)
