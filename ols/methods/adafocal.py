"""AdaFocal (Ghosh et al., NeurIPS 2022, arXiv 2211.11838).

    L = -(1 - p_y)^g log p_y       for an exponent g >= 0: focal loss
    L = -(1 + p_y)^-g log p_y      for g < 0: inverse focal loss

g is that of the bin in which p_y lies. The bins hold as many samples of the holdout each, by
confidence, and after each epoch

    g <- g exp(+-lambda (C - A))   + where g > 0; C and A: mean confidence and accuracy in the bin
    g <- -+0.2                     where |g| < 0.2: the sign changes
    g <- within [-2, 20]

At first g = 1 in 15 bins of equal width, lambda = 1. As the authors' code, but that a mean over the
batch takes the place of their sum.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import at_targets
from ols.spec.methods.adafocal import AdaFocal


def adafocal(logits: Tensor, targets: Tensor, gammas: Tensor, edges: Tensor) -> Tensor:
    """The losses (B,) with exponents (bins,) between the inner `edges` (bins - 1,), ascending."""
    log_p = torch.log_softmax(logits, 1)
    gamma = gammas.to(log_p.dtype)[torch.bucketize(log_p.detach().exp(), edges, right=True)]
    rest = (-torch.expm1(log_p)).clamp(min=1e-12)  # 1 - p, as in focal
    base = torch.where(gamma < 0, 1 + log_p.exp(), rest)
    return at_targets(-base.pow(gamma.abs()) * log_p, targets)


class AdaFocalLoss(Criterion):
    """`gammas` and `edges` of the bins, set anew after each validation."""

    gammas: Tensor
    edges: Tensor

    def __init__(
        self,
        rate: float = 1.0,
        bins: int = 15,
        switch: float = 0.2,
        highest: float = 20.0,
        lowest: float = -2.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.rate, self.switch = rate, switch
        self.highest, self.lowest = highest, lowest
        self.register_buffer("gammas", torch.ones(bins))
        self.register_buffer("edges", torch.arange(1, bins) / bins)

    @torch.no_grad()
    def after_validation(self, confidences: Tensor, hits: Tensor) -> None:
        confidences, order = confidences.float().sort()
        bins, count = len(self.gammas), len(confidences)
        places = torch.arange(count, device=order.device) * bins // count
        gaps = (confidences - hits[order].float()).double()
        sums = gaps.new_zeros(2, bins)
        sums[0].index_add_(0, places, torch.ones_like(gaps))
        sums[1].index_add_(0, places, gaps)
        gap = (sums[1] / sums[0].clamp(min=1)).float()  # 0 where a bin is empty
        gamma = self.gammas * torch.exp(torch.where(self.gammas > 0, gap, -gap) * self.rate)
        flipped = torch.where(gamma > 0, -self.switch, self.switch)
        gamma = torch.where(gamma.abs() < self.switch, flipped, gamma)
        self.gammas.copy_(gamma.clamp(self.lowest, self.highest))
        firsts = -(-torch.arange(1, bins, device=order.device) * count // bins)  # rounded up
        self.edges.copy_(confidences[firsts.clamp(max=count - 1)])

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return adafocal(logits, targets, self.gammas, self.edges.to(logits.dtype))


def build(method: AdaFocal, context: RunContext) -> nn.Module:
    return AdaFocalLoss(**method.model_dump(exclude={"name"}))
