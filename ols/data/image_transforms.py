"""What happens to an image file on its way to the network: torchvision's transforms, to bytes.

Two recipes, by `spec.dataset.crop`. `random_resized` is ImageNet's: a random part of the image, and
for evaluation the centre of the image, its shorter side 256/224 times as long as the crop. `squash`
is that of the paper's fine-grained code: the whole image as a square of that size, whatever its
shape, of which a random or the central part is cropped.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor

from ols.data.dataset import FileSplit
from ols.data.policies import policy_transform
from ols.spec.parts.training_data import Augment

# Of the colours of ImageNet's pixels in [0, 1] (Krizhevsky et al., NIPS 2012).
EIGENVALUES = (0.2175, 0.0188, 0.0045)
EIGENVECTORS = (
    (-0.5675, 0.7192, 0.4009),
    (-0.5808, -0.0045, -0.8140),
    (-0.5836, -0.6948, 0.4203),
)


def training_transform(split: FileSplit, augment: Augment) -> Any:
    """A PIL image -> uint8 (3, size, size), drawing from PyTorch's global generator."""
    # Imported here: torchvision takes a second to load.
    from torchvision.transforms import v2

    size = split.size
    if split.crop == "squash":
        steps = [v2.Resize((_margin(size),) * 2), v2.RandomCrop(size)]
    else:
        steps = [v2.RandomResizedCrop(size)]
    if augment.flip:
        steps.append(v2.RandomHorizontalFlip())
    steps.append(v2.PILToTensor())
    if augment.policy != "none":
        steps.append(policy_transform(augment))
    if augment.color_jitter:
        strength = augment.color_jitter
        steps.append(v2.ColorJitter(strength, strength, strength))
    if augment.lighting:
        steps.append(Lighting(augment.lighting))
    return v2.Compose(steps)


def evaluation_transform(split: FileSplit) -> Any:
    """A PIL image -> uint8 (3, size, size), nothing drawn."""
    from torchvision.transforms import v2

    margin = _margin(split.size)
    resized = v2.Resize((margin, margin) if split.crop == "squash" else margin)
    return v2.Compose([resized, v2.CenterCrop(split.size), v2.PILToTensor()])


class Lighting:
    """Adds to every pixel the same random colour, along the principal axes of ImageNet's colours,
    each as long as its eigenvalue times a normal variate of this deviation."""

    def __init__(self, deviation: float) -> None:
        self._deviation = deviation
        self._axes = torch.tensor(EIGENVECTORS) * torch.tensor(EIGENVALUES)  # (colour, axis)

    def __call__(self, image: Tensor) -> Tensor:
        """uint8 (3, H, W) -> the same, rounded and clipped."""
        shift = 255 * self._axes @ (self._deviation * torch.randn(3))
        return (image + shift.view(3, 1, 1)).round_().clamp_(0, 255).to(torch.uint8)


def _margin(size: int) -> int:
    """What is cropped from: 256 for 224."""
    return size * 256 // 224
