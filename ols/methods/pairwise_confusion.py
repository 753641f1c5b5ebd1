"""Pairwise confusion (Dubey et al., ECCV 2018, arXiv 1705.08016).

    L = mean_i -log p_y(x_i)  +  lambda / B * sum_pairs ||p(x_i) - p(x_j)||_2

lambda = 0.1 K. A batch is paired half against half, and the predictions of a pair are drawn
together. The norm (not its square), the division by B, and that pairs of one class count too are
the authors' PyTorch code's (abhimanyudubey/confusion, confusion_pytorch/__init__.py), which refuses
a batch of odd size; here its last sample has no partner. The OLS authors' code
(cifar/scripts/loss_all_methods.py) takes logits and a norm over the batch instead, which is another
loss, with a weight of 10 for CIFAR-100 from epoch 200 of 300 on. The authors' README says 0.1 to
0.2 times K.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.distributed.collectives import whole_batch
from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import cross_entropies
from ols.spec.methods.pairwise_confusion import PairwiseConfusion


def pairwise_confusion(logits: Tensor, targets: Tensor, weight: float = 10.0) -> Tensor:
    """The losses (B,): each sample has half of its pair's distance; weight = 0 is cross-entropy.

    Pairs span the processes that train a run: each adds its own samples' half of a pair.
    """
    p = torch.softmax(logits, 1)
    rows, start = whole_batch(p)
    half = len(rows) // 2
    own = torch.arange(start, start + len(p), device=p.device)
    partners = torch.where(own < half, own + half, own - half).clamp(max=len(rows) - 1)
    distances = torch.linalg.vector_norm(p - rows[partners], dim=1) * own.lt(2 * half)
    # The gradient is that of the whole distance: a partner's side of it is at the partner.
    return cross_entropies(logits, targets) + weight * (distances - distances.detach() / 2)


class PairwiseConfusionLoss(Criterion):
    """`pairwise_confusion` with its weight."""

    def __init__(self, weight: float = 10.0, **options: Any) -> None:
        super().__init__(**options)
        self.weight = weight

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return pairwise_confusion(logits, targets, self.weight)


def build(method: PairwiseConfusion, context: RunContext) -> nn.Module:
    weight = 0.1 * context.num_classes if method.weight is None else method.weight
    return PairwiseConfusionLoss(weight)
