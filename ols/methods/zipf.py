"""Zipf's label smoothing (Liang et al., ECCV 2022, arXiv 2207.12980), ranked by the logits.

    L = -log p_y + lambda * KL(q || p'),   q_k = (1 / r_k) / sum_{j != y} (1 / r_j)

r_k is the rank of class k among the classes other than y, by its logit, and p' is the softmax over
these classes; q is held fixed. lambda = 0.1 (the authors' for CIFAR-100 and ImageNet; 1 for
Tiny-ImageNet: megvii-research/zipfls, pytorch_zipfls/README.md). The authors rank by votes of all
places of a feature map ("dense", with auxiliary heads), which needs more than the logits; ranking
by the logits is a simpler variant in their code (zipf_utils.py,
gen_zipf_law_distribution_instance_wise). Their training script's ranks count the target too
(losses.py, gen_pdf): where it comes first the others begin at 1/2.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ols.methods.criterion import RunContext
from ols.methods.targets import classes_of, prepare
from ols.spec.methods.zipf import ZipfSmoothing


def zipf_targets(logits: Tensor, is_target: Tensor) -> Tensor:
    """q (B, K): 1 / rank among the classes that are not the target, which has 0."""
    order = logits.detach().masked_fill(is_target, -torch.inf).argsort(1, descending=True)
    ranks = torch.arange(1, logits.shape[1] + 1, device=logits.device, dtype=logits.dtype)
    q = torch.zeros_like(logits).scatter_(1, order, (1 / ranks).expand_as(logits))
    q = q.masked_fill(is_target, 0.0)
    # Of one class alone there is no other: q is 0.
    return q / q.sum(1, keepdim=True).clamp(min=torch.finfo(q.dtype).tiny)


def zipf_smoothing(logits: Tensor, targets: Tensor, weight: float = 0.1) -> Tensor:
    """The mean loss; weight = 0 is cross-entropy. A mixed target's class is its dominant one."""
    logits = prepare(logits, targets)
    is_target = torch.zeros_like(logits, dtype=torch.bool)
    is_target.scatter_(1, classes_of(targets).unsqueeze(1), True)
    q = zipf_targets(logits, is_target)
    others = logits.masked_fill(is_target, torch.finfo(logits.dtype).min)
    log_p = torch.log_softmax(others, 1).masked_fill(is_target, 0.0)
    divergence = (torch.xlogy(q, q) - q * log_p).sum(1).mean()
    return F.cross_entropy(logits, targets) + weight * divergence


class ZipfSmoothingLoss(nn.Module):
    """`zipf_smoothing` with its weight."""

    def __init__(self, weight: float = 0.1) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        return zipf_smoothing(logits, targets, self.weight)


def build(method: ZipfSmoothing, context: RunContext) -> nn.Module:
    return ZipfSmoothingLoss(method.weight)
