"""Attacks within a box around each image: FGSM, and PGD against one of several losses.

The cross-entropy saturates: a network whose logits are 50 times as large, and whose predictions are
the same, seems all but immune, for its gradient vanishes. The margin and the cross-entropy of
standardised logits do not depend on the scale (Croce and Hein, ICML 2020, have their DLR loss for
the same reason); what survives both is reported beside what survives the plain one.

Images are normalised; the box's half width and the range of valid pixels are per channel,
(1, C, 1, 1), in the same units.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ols.random_streams import sample_seed

Loss = Callable[[Tensor, Tensor], Tensor]  # logits (B, K) and labels (B,) -> losses (B,)

# Of standardised logits. Of 1 and 3, tried on digits, with 3 as strong as plain cross-entropy.
DEVIATION = 3.0


def cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """-log p_y"""
    return F.cross_entropy(logits, labels, reduction="none")


def margin(logits: Tensor, labels: Tensor) -> Tensor:
    """The largest other logit less that of the label (Carlini and Wagner, S&P 2017)."""
    rows = labels.unsqueeze(1)
    others = logits.scatter(1, rows, -torch.inf)
    return others.amax(1) - logits.gather(1, rows).squeeze(1)


def standardised_cross_entropy(logits: Tensor, labels: Tensor) -> Tensor:
    """Of each image's logits, divided so that their deviation is `DEVIATION`."""
    spread = logits.detach().std(1, correction=0, keepdim=True)
    least = torch.finfo(logits.dtype).tiny
    return cross_entropy(logits * (DEVIATION / spread.clamp(min=least)), labels)


@dataclass(frozen=True)
class AttackBox:
    """`radius` is how far a pixel may move; `low` and `high` are black and white."""

    radius: Tensor
    low: Tensor
    high: Tensor

    def clip(self, images: Tensor, clean: Tensor) -> Tensor:
        """The nearest images within the box around `clean`, and within the range of pixels."""
        near = torch.clamp(images, clean - self.radius, clean + self.radius)
        return torch.clamp(near, self.low, self.high)


def fgsm(model: nn.Module, images: Tensor, labels: Tensor, box: AttackBox) -> Tensor:
    """x + epsilon * sign(dL/dx), clipped (Goodfellow et al., ICLR 2015)."""
    return box.clip(images + box.radius * _direction(model, images, labels), images)


def pgd(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    box: AttackBox,
    *,
    step: Tensor,
    steps: int,
    start: Tensor,
    loss: Loss = cross_entropy,
) -> Tensor:
    """FGSM's step of length `step` repeated from `start`, projected into the box each time
    (Madry et al., ICLR 2018). `start` (B, C, H, W) lies in [-1, 1], in radii: see random_start."""
    attacked = box.clip(images + box.radius * start, images)
    for _ in range(steps):
        attacked = box.clip(attacked + step * _direction(model, attacked, labels, loss), images)
    return attacked


def random_start(shape: torch.Size, rows: Tensor, seed: int) -> Tensor:
    """(B, C, H, W) uniform over [-1, 1], on the CPU; each image's draw depends on the seed and its
    number in `rows` (B,) alone, so batches and processes may share the images as they like."""
    start = torch.empty(shape)
    for image, row in zip(start, rows.tolist(), strict=True):
        image.uniform_(-1, 1, generator=torch.Generator().manual_seed(sample_seed(seed, row)))
    return start


def _direction(
    model: nn.Module, images: Tensor, labels: Tensor, loss: Loss = cross_entropy
) -> Tensor:
    """The sign of the loss's gradient by the images."""
    images = images.detach().requires_grad_()
    with torch.enable_grad():
        total = loss(model(images).float(), labels).sum()
        (gradient,) = torch.autograd.grad(total, images)
    return gradient.sign()
