"""Zipf's label smoothing (Liang et al., ECCV 2022, arXiv 2207.12980), ranked by the logits.

    L = -log p_y + lambda * KL(q || p'),   q_k = (1 / r_k) / sum_{j != y} (1 / r_j),   k != y

r_k is the rank of class k among all classes by its logit, equal logits sharing the smaller one; p'
is the softmax over the classes but y; q is held fixed. So it is in the authors' training script
(megvii-research/zipfls, pytorch_zipfls/losses.py, gen_pdf and kl_loss) without its `--dense`: where
y comes first, the others begin at 1/2. Their own commands rank by votes of all places of a feature
map (`--dense`, with auxiliary heads), which needs more than the logits. lambda = 0.1 is theirs for
CIFAR-100 and ImageNet; 1 for Tiny-ImageNet (pytorch_zipfls/README.md).
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import at_targets, cross_entropies
from ols.spec.methods.zipf import ZipfSmoothing


def inverse_ranks(logits: Tensor) -> Tensor:
    """(B, K): 1 / (1 + the number of larger logits)."""
    ascending = logits.detach().sort(1).values
    not_larger = torch.searchsorted(ascending, logits.detach(), right=True)
    return 1 / (logits.shape[1] - not_larger + 1).to(logits.dtype)


def log_of_rest(log_p: Tensor) -> Tensor:
    """(B, K): log(1 - p_k), exact for the largest p too, where 1 - p cancels."""
    largest = torch.zeros_like(log_p, dtype=torch.bool)
    largest.scatter_(1, log_p.detach().argmax(1, keepdim=True), True)
    rest = log_p.masked_fill(largest, -torch.inf).logsumexp(1, keepdim=True)
    return torch.where(largest, rest, torch.log1p(-log_p.exp().masked_fill(largest, 0.0)))


def zipf_smoothing(logits: Tensor, targets: Tensor, weight: float = 0.1) -> Tensor:
    """The losses (B,); weight = 0 is cross-entropy, as it is of a single class."""
    if logits.shape[1] == 1:
        return cross_entropies(logits, targets)
    log_p, w = torch.log_softmax(logits, 1), inverse_ranks(logits)
    terms = w * (w.log() - log_p)
    # The divergence (B, K) for each class that the target could be: q is w without it.
    total = w.sum(1, keepdim=True) - w
    divergences = (terms.sum(1, keepdim=True) - terms) / total - total.log() + log_of_rest(log_p)
    return at_targets(weight * divergences - log_p, targets)


class ZipfSmoothingLoss(Criterion):
    """`zipf_smoothing` with its weight."""

    def __init__(self, weight: float = 0.1, **options: Any) -> None:
        super().__init__(**options)
        self.weight = weight

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return zipf_smoothing(logits, targets, self.weight)


def build(method: ZipfSmoothing, context: RunContext) -> nn.Module:
    return ZipfSmoothingLoss(method.weight)
