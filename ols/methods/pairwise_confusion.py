"""Pairwise confusion (Dubey et al., ECCV 2018, arXiv 1705.08016).

    L = mean_i -log p_y(x_i)  +  lambda / B * sum_pairs [y_i != y_j] ||p(x_i) - p(x_j)||_2

lambda = 10. A batch is paired half against half, and the predictions of a pair of different classes
are drawn together. The norm (not its square) and the division by B are the authors' PyTorch code's
(abhimanyudubey/confusion, confusion_pytorch/__init__.py). It counts pairs of one class too; that
they don't count here was not checked against the paper. The OLS authors' code
(cifar/scripts/loss_all_methods.py), whence the weight of 10, takes logits and a norm over the batch
instead, which is another loss. A weight is meant for a number of classes: the authors' README says
0.1 to 0.2 times K.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ols.distributed.collectives import whole_batch
from ols.methods.criterion import RunContext
from ols.methods.targets import classes_of, prepare
from ols.spec.methods.pairwise_confusion import PairwiseConfusion


def pairwise_confusion(logits: Tensor, targets: Tensor, weight: float = 10.0) -> Tensor:
    """The mean loss; the last sample of an odd batch has no partner; weight = 0: cross-entropy.

    Pairs span the processes that train a run: each adds its own samples' half of a pair.
    """
    logits = prepare(logits, targets)
    p = torch.softmax(logits, 1)
    rows, start = whole_batch(p)
    classes, _ = whole_batch(classes_of(targets))
    half = len(rows) // 2
    own = torch.arange(start, start + len(p), device=p.device)
    partner = torch.where(own < half, own + half, own - half)
    paired = own.lt(2 * half) & classes[own].ne(classes[partner.clamp(max=len(rows) - 1)])
    distances = torch.linalg.vector_norm(p - rows[partner.clamp(max=len(rows) - 1)], dim=1)
    total = (distances * paired).mean()
    # Each pair counts at both of its samples, each of which has its own side of the gradient.
    confusion = total - total.detach() / 2
    return F.cross_entropy(logits, targets) + weight * confusion


class PairwiseConfusionLoss(nn.Module):
    """`pairwise_confusion` with its weight."""

    def __init__(self, weight: float = 10.0) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        return pairwise_confusion(logits, targets, self.weight)


def build(method: PairwiseConfusion, context: RunContext) -> nn.Module:
    return PairwiseConfusionLoss(method.weight)
