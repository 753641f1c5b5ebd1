"""Augmentations that look beyond one image's crop: Cutout, Mixup and CutMix.

    Cutout (DeVries and Taylor, 2017, arXiv 1708.04552): a square of zeros at a random place.
    Mixup (Zhang et al., ICLR 2018, arXiv 1710.09412): x = s x_i + (1 - s) x_j, labels alike.
    CutMix (Yun et al., ICCV 2019, arXiv 1905.04899): a box of x_j in x_i, labels by area.

s ~ Beta(a, a), one for a batch; j is a permutation of the batch. Of an image's two samples the one
with the larger share is called its own, so that its label weighs most: for Mixup s becomes
max(s, 1 - s), and in CutMix the sample keeps the box where that is the larger part. As all
permutations are equally probable, images are distributed as in the papers' code
(facebookresearch/mixup-cifar10, train.py; clovaai/CutMix-PyTorch, train.py; uoguelph-mlrg/Cutout,
util/cutout.py). They are normalised already: zero is the mean colour, as there.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ols.spec.parts.training_data import Augment

# Where a box lies: first and last row and column, as fractions of the image.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Mix:
    """How a batch of n is mixed: partners (n,), places in the batch; `box` for CutMix.

    The box is the partner's, or, where it is `kept`, the sample's own in the partner's image.
    """

    share: float  # of the sample itself, at least a half
    partners: Tensor
    box: Box | None = None
    kept: bool = False


class Mixer:
    """One epoch's draws, in the order of its batches, from `seed`."""

    def __init__(self, augment: Augment, seed: int) -> None:
        self._augment = augment
        self._random = np.random.default_rng(seed)

    def centres(self, count: int) -> Tensor | None:
        """(count, 2) in [0, 1): where each image is cut out, if it is."""
        if not self._augment.cutout:
            return None
        return torch.from_numpy(self._random.random((count, 2)))

    def mix(self, count: int) -> Mix | None:
        """How the next batch of `count` is mixed, if it is."""
        augment, random = self._augment, self._random
        if augment.mix == "none" or random.random() >= augment.mix_probability:
            return None
        share = random.beta(augment.mix_alpha, augment.mix_alpha)
        partners = torch.from_numpy(random.permutation(count))
        if augment.mix == "mixup":
            return Mix(max(share, 1 - share), partners)
        top, bottom, left, right = box = _box(random, share)
        area = (bottom - top) * (right - left)
        return Mix(max(area, 1 - area), partners, box, kept=area > 0.5)


def mixer(augment: Augment, generator: torch.Generator) -> Mixer | None:
    """An epoch's Mixer, its seed drawn from `generator`; None where there is nothing to do."""
    if augment.mix == "none" and not augment.cutout:
        return None
    return Mixer(augment, int(torch.randint(2**62, (), generator=generator)))


def cut_out(images: Tensor, centres: Tensor, length: int) -> Tensor:
    """Sets a square of `length` pixels to 0 in each image (B, C, H, W), in place.

    It lies around its centre (B, 2) and may reach over the edge, as in the paper.
    """
    height, width = images.shape[2:]
    size = torch.tensor([height, width], dtype=centres.dtype)
    first = ((centres * size).long() - length // 2).to(images.device)  # (B, 2)
    rows, columns = (
        _within(first[:, axis], length, count) for axis, count in enumerate((height, width))
    )
    return images.masked_fill_((rows.unsqueeze(2) & columns.unsqueeze(1)).unsqueeze(1), 0.0)


def mix_images(images: Tensor, others: Tensor, mix: Mix) -> tuple[Tensor, float]:
    """Images (B, C, H, W) with their partners' and the share of their own labels.

    In place: of `images`, or where the box is kept of `others`.
    """
    if mix.box is None:
        return images.lerp_(others, 1 - mix.share), mix.share
    height, width = images.shape[2:]
    top, bottom, left, right = mix.box
    rows = slice(round(top * height), round(bottom * height))
    columns = slice(round(left * width), round(right * width))
    area = (rows.stop - rows.start) * (columns.stop - columns.start) / (height * width)
    if mix.kept:
        others[:, :, rows, columns] = images[:, :, rows, columns]
        return others, area
    images[:, :, rows, columns] = others[:, :, rows, columns]
    return images, 1 - area


def _within(first: Tensor, length: int, count: int) -> Tensor:
    """(B, count): the places from `first` (B,) on, `length` of them."""
    places = torch.arange(count, device=first.device) - first.unsqueeze(1)
    return places.ge(0) & places.lt(length)


def _box(random: np.random.Generator, share: float) -> Box:
    """Of area 1 - share around a uniform centre; what lies over the edge is cut off."""
    half = np.sqrt(1 - share) / 2
    (top, bottom), (left, right) = (
        np.clip([centre - half, centre + half], 0, 1) for centre in random.random(2)
    )
    return float(top), float(bottom), float(left), float(right)
