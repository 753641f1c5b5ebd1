"""RandAugment, TrivialAugment and random erasing, which are torchvision's (transforms.v2).

    RandAugment (Cubuk et al., NeurIPS 2020, arXiv 1909.13719): N operations of strength M.
    TrivialAugment (Müller and Hutter, ICCV 2021, arXiv 2103.10158): one operation of any strength.
    Random erasing (Zhong et al., AAAI 2020, arXiv 1708.04896): a box of 2 to 33% of the image
        becomes 0, which is the mean colour, for images are normalised already.

Each image draws for itself, by the epoch's seed and its number in the training set, whichever
process handles it. So they are changed one by one: on a CPU up to a millisecond each.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ols.random_streams import sample_seed
from ols.spec.parts.training_data import Augment


@dataclass(frozen=True)
class SampleWise:
    """`transform`, which draws from PyTorch's global generator, applied to each image by itself."""

    transform: Any
    seed: int  # of the epoch

    def __call__(self, images: Tensor, indices: Tensor) -> Tensor:
        """Images (B, C, H, W), changed in place; `indices` (B,) into the training set."""
        with torch.random.fork_rng(devices=[]):
            for image, index in zip(images, indices.tolist(), strict=True):
                torch.default_generator.manual_seed(sample_seed(self.seed, index))
                image.copy_(self.transform(image))
        return images


def policy(augment: Augment, generator: torch.Generator) -> SampleWise | None:
    """An epoch's RandAugment or TrivialAugment, if there is one; `generator` gives its seed."""
    if augment.policy == "none":
        return None
    return SampleWise(policy_transform(augment), _seed(generator))


def eraser(augment: Augment, generator: torch.Generator) -> SampleWise | None:
    """An epoch's random erasing, of normalised images, if there is any."""
    if not augment.erasing:
        return None
    from torchvision.transforms import v2

    return SampleWise(v2.RandomErasing(augment.erasing), _seed(generator))


def policy_transform(augment: Augment) -> Any:
    """uint8 (C, H, W) -> the same, drawing from PyTorch's global generator."""
    # Imported here: torchvision takes a second to load.
    from torchvision.transforms import v2

    if augment.policy == "trivialaugment":
        return v2.TrivialAugmentWide()
    return v2.RandAugment(augment.policy_ops, augment.policy_magnitude)


def _seed(generator: torch.Generator) -> int:
    return int(torch.randint(2**62, (), generator=generator))
