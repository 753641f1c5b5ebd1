"""Normalised with reverse cross-entropy, NCE + RCE (Ma et al., ICML 2020, arXiv 2006.13554).

    L = alpha * (log p_y / sum_k log p_k)  +  beta * -sum_k p_k log t_k

An active loss, normalised so that it is robust to wrong labels, with a passive one, which is that
of symmetric cross-entropy (t clipped at 1e-4). The authors' weights are (10, 0.1) for CIFAR-100 and
(1, 1) for CIFAR-10, with gradients clipped at a norm of 5, over 200 and 120 epochs
(HanxunH/Active-Passive-Losses, archive/loss.py and configs/*/sym/nce+rce.yaml). The first
denominator is K log K at first, so the gradient is small with many classes.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.sce import reverse_cross_entropy
from ols.methods.targets import at_targets
from ols.spec.methods.nce_rce import NceRce


def normalized_cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """(B,): log p_y / sum_k log p_k, which lies in (0, 1); of one class alone it is 0."""
    log_p = torch.log_softmax(logits, 1)
    total = log_p.sum(1, keepdim=True).clamp(max=-torch.finfo(log_p.dtype).tiny)
    return at_targets(log_p / total, targets)


def nce_rce(logits: Tensor, targets: Tensor, alpha: float = 10.0, beta: float = 0.1) -> Tensor:
    """The losses (B,)."""
    active = normalized_cross_entropy(logits, targets)
    return alpha * active + beta * reverse_cross_entropy(logits, targets)


class NceRceLoss(Criterion):
    """`nce_rce` with its two weights."""

    def __init__(self, alpha: float = 10.0, beta: float = 0.1, **options: Any) -> None:
        super().__init__(**options)
        self.alpha, self.beta = alpha, beta

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return nce_rce(logits, targets, self.alpha, self.beta)


def build(method: NceRce, context: RunContext) -> nn.Module:
    return NceRceLoss(method.alpha, method.beta)
