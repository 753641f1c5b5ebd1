"""Tf-KD reg: distillation by a made-up teacher (Yuan et al., CVPR 2020, arXiv 1909.11723).

    L = (1 - alpha) * -log p_y + alpha * w * KL(softmax(u / T) || p)

u is the made-up teacher: 0.99 at the label and the rest spread evenly. alpha = 0.1, T = 20. This is
the authors' code (yuanli2333/Teacher-free-Knowledge-Distillation, my_loss_function.py and
base_resnet18/params.json), which divides the teacher's probabilities (not logits) by T and leaves
the student at temperature 1; the paper's text was not checked. Their KLDivLoss averages over B x K
and is multiplied by 100 at K = 100, which is w = 1 here, where KL is summed over the classes.
"""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ols.methods.criterion import RunContext
from ols.methods.targets import as_distributions, prepare
from ols.spec.methods.tf_kd_reg import TfKdReg

CORRECT = 0.99


def tf_kd_reg(
    logits: Tensor,
    targets: Tensor,
    alpha: float = 0.1,
    temperature: float = 20.0,
    weight: float = 1.0,
) -> Tensor:
    """The mean loss; alpha = 0 is cross-entropy."""
    logits = prepare(logits, targets)
    labels = as_distributions(targets, logits)
    rest = (1 - CORRECT) / max(1, logits.shape[1] - 1)
    teacher = torch.softmax((rest + (CORRECT - rest) * labels) / temperature, 1)
    divergence = F.kl_div(torch.log_softmax(logits, 1), teacher, reduction="batchmean")
    return (1 - alpha) * F.cross_entropy(logits, targets) + alpha * weight * divergence


class TfKdRegLoss(nn.Module):
    """`tf_kd_reg` with its settings."""

    def __init__(self, alpha: float = 0.1, temperature: float = 20.0, weight: float = 1.0) -> None:
        super().__init__()
        self.alpha, self.temperature, self.weight = alpha, temperature, weight

    def forward(self, logits: Tensor, targets: Tensor) -> Tensor:
        return tf_kd_reg(logits, targets, self.alpha, self.temperature, self.weight)


def build(method: TfKdReg, context: RunContext) -> nn.Module:
    return TfKdRegLoss(method.alpha, method.temperature, method.weight)
