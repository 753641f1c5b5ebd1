"""Tf-KD self: a network distils itself (Yuan et al., CVPR 2020, arXiv 1909.11723).

    L = (1 - alpha) * -log p_y + alpha * w * T^2 * KL(softmax(teacher / T) || softmax(z / T))

alpha = 0.95, T = 6 (the authors' for ResNet-18 on CIFAR-100, in
yuanli2333/Teacher-free-Knowledge-Distillation, resnet18_self_teacher/params.json; their multiplier
50 of a KL averaged over B x K is w = 0.5 of one summed over K = 100 classes). The teacher is the
network itself. The authors train it to the end, and then a student from scratch, which takes two
runs of a whole schedule each; here one run does both: the first
`warmup` of it trains with cross-entropy, then the network is copied, the copy frozen, and the
network continues under the copy's supervision.
"""

from __future__ import annotations

import copy
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ols.methods.criterion import Criterion, RunContext, Step, epoch_after
from ols.methods.targets import cross_entropies
from ols.spec.methods.tf_kd_self import TfKdSelf


def distillation(logits: Tensor, teacher: Tensor, temperature: float) -> Tensor:
    """(B,): T^2 KL(softmax(teacher / T) || softmax(logits / T))."""
    log_p = torch.log_softmax(logits / temperature, 1)
    q = torch.softmax(teacher / temperature, 1)
    return F.kl_div(log_p, q, reduction="none").sum(1) * temperature**2


class TfKdSelfLoss(Criterion):
    """`model` gives the teacher its shape; its weights are taken when the warm-up has ended."""

    needs_step = True

    def __init__(
        self,
        model: nn.Module,
        alpha: float = 0.95,
        temperature: float = 6.0,
        weight: float = 0.5,
        warmup: float = 0.5,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.alpha, self.temperature = alpha, temperature
        self.weight, self.warmup = weight, warmup
        self.teacher = copy.deepcopy(model).requires_grad_(False)
        self.teaching = False
        self.train()

    def train(self, mode: bool = True) -> TfKdSelfLoss:
        super().train(mode)
        self.teacher.eval()  # its batch norm stays as it was
        return self

    def begin_epoch(self, epoch: int, epochs: int, model: nn.Module) -> bool:
        last = epoch_after(self.warmup, epochs)
        if epoch == last + 1:
            self.teacher.load_state_dict(model.state_dict())
        self.teaching = epoch > last
        return epoch == last + 1

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        hard = cross_entropies(logits, targets)
        if not self.teaching:
            return hard
        with torch.no_grad():
            teacher = self.teacher(step.images).to(logits.dtype)
        soft = distillation(logits, teacher, self.temperature)
        return (1 - self.alpha) * hard + self.alpha * self.weight * soft


def build(method: TfKdSelf, context: RunContext) -> nn.Module:
    if context.model is None:
        raise ValueError("tf_kd_self needs the network: give `model`")
    settings = method.model_dump(exclude={"name"})
    return TfKdSelfLoss(context.model, **settings)
