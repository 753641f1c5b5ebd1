"""Tf-KD reg: distillation by a made-up teacher (Yuan et al., CVPR 2020, arXiv 1909.11723).

    L = (1 - alpha) * -log p_y + alpha * w * KL(softmax(u / T) || p)

u is the made-up teacher: 0.99 at the label and the rest spread evenly. alpha = 0.1, T = 20. This is
the authors' code (yuanli2333/Teacher-free-Knowledge-Distillation, my_loss_function.py and
base_resnet18/params.json), which divides the teacher's probabilities (not logits) by T and leaves
the student at temperature 1; the paper's text was not checked. Their KLDivLoss averages over B x K
and is multiplied by 100, which is w = 100 / K here, where KL is summed over the classes.
"""

from __future__ import annotations

import math
from typing import Any

import torch
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.targets import at_targets
from ols.spec.methods.tf_kd_reg import TfKdReg

CORRECT = 0.99


def tf_kd_reg(
    logits: Tensor,
    targets: Tensor,
    alpha: float = 0.1,
    temperature: float = 20.0,
    weight: float = 1.0,
) -> Tensor:
    """The losses (B,); alpha = 0 is cross-entropy."""
    log_p = torch.log_softmax(logits, 1)
    own = at_targets(log_p, targets)
    # The teacher has two values: that of the label and that of each other class.
    others = logits.shape[1] - 1
    rest = (1 - CORRECT) / max(1, others)
    low = 1 / (math.exp((CORRECT - rest) / temperature) + others)
    high = 1 - others * low
    entropy = -(high * math.log(high) + others * low * math.log(low))
    divergences = -entropy - low * log_p.sum(1) - (high - low) * own
    return -(1 - alpha) * own + alpha * weight * divergences


class TfKdRegLoss(Criterion):
    """`tf_kd_reg` with its settings."""

    def __init__(
        self,
        alpha: float = 0.1,
        temperature: float = 20.0,
        weight: float = 1.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.alpha, self.temperature, self.weight = alpha, temperature, weight

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        return tf_kd_reg(logits, targets, self.alpha, self.temperature, self.weight)


def build(method: TfKdReg, context: RunContext) -> nn.Module:
    weight = 100 / context.num_classes if method.weight is None else method.weight
    return TfKdRegLoss(method.alpha, method.temperature, weight)
