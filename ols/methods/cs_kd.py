"""CS-KD (Yun et al., CVPR 2020, arXiv 2003.13964): a class's images predict alike.

    L = -log p_y + lambda T^2 KL(p(x'; T) || p(x; T)),   lambda = 1, T = 4

x' is another image of x's class, and p(x'; T) what the network predicts for it now, in training
mode and without a gradient, as in the authors' code (alinlab/cs-kd). That draws x' anew for each x;
here it is the last image of the class before x, which in a shuffled epoch is as random and is not
read twice: `images` remembers one for each class.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from ols.errors import FieldError, SpecError
from ols.methods.criterion import Criterion, RunContext, Step
from ols.methods.sample_table import LARGEST
from ols.methods.targets import cross_entropies
from ols.methods.tf_kd_self import distillation
from ols.spec.methods.cs_kd import CsKd


class ClassWiseDistillation(Criterion):
    """`model` is the network that is trained; it is no part of this module. `images` (K + 1, ...)
    are the last of each class that was `seen`; the last row takes what nobody reads."""

    needs_step = True
    seen: Tensor
    images: Tensor | None

    def __init__(
        self,
        model: nn.Module,
        num_classes: int,
        weight: float = 1.0,
        temperature: float = 4.0,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.weight, self.temperature = weight, temperature
        self._network = (model,)  # in a tuple, where it is not registered
        self._classes = num_classes
        self.register_buffer("seen", torch.zeros(num_classes + 1, dtype=torch.bool))
        self.register_buffer("images", None)  # until the first step says their shape

    def _load_from_state_dict(self, state: Any, prefix: str, *args: Any) -> None:
        images = state.get(f"{prefix}images")
        self.images = None if images is None else images.to(self.seen.device)
        super()._load_from_state_dict(state, prefix, *args)

    def losses(self, logits: Tensor, targets: Tensor, step: Step) -> Tensor:
        hard = cross_entropies(logits, targets)
        if not len(targets):
            return hard
        partners, known = self._partners(step.images.detach(), targets)
        with torch.no_grad():
            teacher = self._network[0](partners).to(logits.dtype)
        soft = distillation(logits, teacher, self.temperature)
        return hard + self.weight * torch.where(known, soft, 0.0)

    def _partners(self, images: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        """Of each sample the image of its class before it, and whether there is one (B,)."""
        kept = self._start(images) if self.images is None else self.images
        order = targets.argsort(stable=True)
        ranked = targets[order]
        follows = ranked.new_zeros(len(ranked), dtype=torch.bool)  # the one before in this batch
        follows[1:] = ranked[1:] == ranked[:-1]
        before = torch.empty_like(order).index_copy_(0, order, order.roll(1))
        within = torch.empty_like(follows).index_copy_(0, order, follows)
        remembered = self.seen[targets]
        shape = (-1, *[1] * (images.dim() - 1))
        partners = torch.where(remembered.view(shape), kept[targets].to(images.dtype), images)
        partners = torch.where(within.view(shape), images[before], partners)
        if self.learns:
            last = ~torch.cat([follows[1:], follows.new_zeros(1)])
            places = torch.where(last, ranked, self._classes)
            kept.index_copy_(0, places, images[order].to(kept.dtype))
            self.seen.index_fill_(0, places, True)
        return partners, within | remembered

    def _start(self, images: Tensor) -> Tensor:
        size = 4 * images[0].numel() * self._classes
        if size > LARGEST:
            message = (
                f"keeps an image of each of {self._classes} classes, {size / 2**30:.0f} GB; "
                "choose smaller images or another method"
            )
            raise SpecError([FieldError("method.name", message)])
        self.images = images.new_zeros(self._classes + 1, *images.shape[1:])
        return self.images


def build(method: CsKd, context: RunContext) -> nn.Module:
    if context.model is None:
        raise ValueError("cs_kd needs the network: give `model`")
    settings = method.model_dump(exclude={"name"})
    return ClassWiseDistillation(context.model, context.num_classes, **settings)
