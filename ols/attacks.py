"""Attacks within a box around each image: FGSM and PGD, against the cross-entropy.

Images are normalised; the box's half width and the range of valid pixels are per channel,
(1, C, 1, 1), in the same units.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F


@dataclass(frozen=True)
class Box:
    """`radius` is how far a pixel may move; `low` and `high` are black and white."""

    radius: Tensor
    low: Tensor
    high: Tensor

    def clip(self, images: Tensor, clean: Tensor) -> Tensor:
        """The nearest images within the box around `clean`, and within the range of pixels."""
        near = torch.clamp(images, clean - self.radius, clean + self.radius)
        return torch.clamp(near, self.low, self.high)


def fgsm(model: nn.Module, images: Tensor, labels: Tensor, box: Box) -> Tensor:
    """x + epsilon * sign(dL/dx), clipped (Goodfellow et al., ICLR 2015)."""
    return box.clip(images + box.radius * _direction(model, images, labels), images)


def pgd(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    box: Box,
    *,
    step: Tensor,
    steps: int,
    generator: torch.Generator,
) -> Tensor:
    """FGSM's step of length `step` repeated from a random start, projected into the box each time
    (Madry et al., ICLR 2018). `generator` is on the CPU."""
    start = torch.rand(images.shape, generator=generator).to(images.device)
    attacked = box.clip(images + box.radius * (2 * start - 1), images)
    for _ in range(steps):
        attacked = box.clip(attacked + step * _direction(model, attacked, labels), images)
    return attacked


def _direction(model: nn.Module, images: Tensor, labels: Tensor) -> Tensor:
    """The sign of the loss's gradient by the images."""
    images = images.detach().requires_grad_()
    with torch.enable_grad():
        loss = F.cross_entropy(model(images).float(), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, images)
    return gradient.sign()
