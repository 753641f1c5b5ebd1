"""Logit clipping, LogitClip (Wei et al., ICML 2023, arXiv 2212.04055).

    L = -log softmax(z min(1, tau / ||z||_2))_y

Logits that are longer than tau count as if they were tau long, so a sample's loss is bounded. The
network's own logits are used for everything else. This is the paper's equation; the authors' code
(hongxin001/LogitClip, algorithms/clip.py) clips those that are longer than T to a length of 1 / T,
which is the same for T = 1 alone, the default here.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import cross_entropies
from ols.spec.methods.logit_clip import LogitClip


def logit_clip(logits: Tensor, targets: Tensor, tau: float = 1.0) -> Tensor:
    """The losses (B,); of logits shorter than tau they are cross-entropy."""
    length = torch.linalg.vector_norm(logits, dim=1, keepdim=True)
    return cross_entropies(logits * (tau / length.clamp(min=tau)), targets)


class LogitClipLoss(Criterion):
    """`logit_clip` with its length `tau`."""

    def __init__(self, tau: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.tau = tau

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return logit_clip(logits, targets, self.tau)


def build(method: LogitClip, context: RunContext) -> nn.Module:
    return LogitClipLoss(method.tau)
