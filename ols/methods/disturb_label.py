"""DisturbLabel (Xie et al., CVPR 2016, arXiv 1605.00055).

    y' ~ uniform over all K classes with probability a, else y' = y;   L = -log p_y'

a = 10%, as in the code of the OLS authors (cifar/scripts/loss_all_methods.py), who draw a wrong
class with probability a (K - 1) / K, which is the same. The labels are disturbed anew every epoch.
They are drawn for the whole training set as an epoch begins, from the run's seed: so they are the
same however many processes train, and on resume.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import as_distributions, cross_entropies
from ols.random_streams import derived_seed
from ols.spec.methods.disturb_label import DisturbLabel


def disturbed(targets: Tensor, drawn: Tensor, logits: Tensor) -> Tensor:
    """Targets (B, K) in which samples with a `drawn` class (B,), -1 for none, have that one."""
    kept = as_distributions(targets, logits)
    others = torch.zeros_like(kept).scatter_(1, drawn.clamp(min=0).unsqueeze(1), 1.0)
    return torch.where(drawn.lt(0).unsqueeze(1), kept, others)


class DisturbLabelLoss(Criterion):
    """Cross-entropy against labels of which a share `rate` is drawn anew each epoch."""

    needs_step = True
    drawn: Tensor  # (N,): the epoch's class, -1 where the label stays

    def __init__(
        self, samples: int, num_classes: int, rate: float = 0.1, seed: int = 0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.samples, self.num_classes, self.rate = samples, num_classes, rate
        self._seed = derived_seed(seed, "disturb")
        self.register_buffer("drawn", torch.full((samples,), -1), persistent=False)

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        generator = torch.Generator().manual_seed(self._seed + epoch)
        redrawn = torch.rand(self.samples, generator=generator) < self.rate
        labels = torch.randint(self.num_classes, (self.samples,), generator=generator)
        self.drawn.copy_(torch.where(redrawn, labels, -1))
        return False

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        drawn = self.drawn.index_select(0, step.indices)
        return cross_entropies(logits, disturbed(targets, drawn, logits))


def build(method: DisturbLabel, context: RunContext) -> nn.Module:
    samples = len(context.required_labels())
    return DisturbLabelLoss(samples, context.num_classes, method.rate, context.seed)
