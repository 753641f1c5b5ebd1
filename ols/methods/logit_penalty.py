"""Logit penalty (Dauphin and Cubuk, ICLR 2021; Kornblith et al., NeurIPS 2021, arXiv 2010.16402).

    L = -log p_y + beta / 2 * ||z||_2^2,   beta = 2e-3

Penalises long logits, and with them confidence. The half and 2e-3 are those of MaxSup's code,
which compares with it (ZhouYuxuanYX/Maximum-Suppression-Regularization, Conv/ffcv/losses.py); its
own two papers' weights were not checked.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import cross_entropies
from ols.spec.methods.logit_penalty import LogitPenalty


def logit_penalty(logits: Tensor, targets: Tensor, beta: float = 2e-3) -> Tensor:
    """The losses (B,); beta = 0 is cross-entropy."""
    return cross_entropies(logits, targets) + beta / 2 * logits.square().sum(1)


class LogitPenaltyLoss(Criterion):
    """`logit_penalty` with its weight `beta`."""

    def __init__(self, beta: float = 2e-3, **options: Any) -> None:
        super().__init__(**options)
        self.beta = beta

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return logit_penalty(logits, targets, self.beta)


def build(method: LogitPenalty, context: RunContext) -> nn.Module:
    return LogitPenaltyLoss(method.beta)
