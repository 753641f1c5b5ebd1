"""Logit normalisation, LogitNorm (Wei et al., ICML 2022, arXiv 2205.09310).

    L = -log softmax(z / (tau ||z||_2))_y,   tau = 0.04

The loss sees the logits' direction only, so training can't raise confidence by their length. The
network's own logits are used for everything else: validation loss and calibration are those of the
logits without normalisation. It is the loss of the authors' code (hongxin001/logitnorm_ood,
common/loss_function.py). tau is OpenOOD's (configs/pipelines/train/train_logitnorm.yml); the
authors' README trains CIFAR-10 with 0.01. The smaller tau, the smaller the learning rate it needs.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import cross_entropies
from ols.spec.methods.logit_norm import LogitNorm


def logit_norm(logits: Tensor, targets: Tensor, tau: float = 0.04) -> Tensor:
    """The losses (B,), which do not change when the logits are scaled."""
    length = torch.linalg.vector_norm(logits, dim=1, keepdim=True) + 1e-7
    return cross_entropies(logits / (tau * length), targets)


class LogitNormLoss(Criterion):
    """`logit_norm` with its temperature `tau`."""

    def __init__(self, tau: float = 0.04, **options: Any) -> None:
        super().__init__(**options)
        self.tau = tau

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return logit_norm(logits, targets, self.tau)


def build(method: LogitNorm, context: RunContext) -> nn.Module:
    return LogitNormLoss(method.tau)
