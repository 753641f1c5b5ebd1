"""Batches from a dataset that lies on the device: no workers, no per-sample Python.

Images stay uint8 until they are drawn; shift, mirror and normalise work on a whole batch.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor

from ols.data.dataset import Split
from ols.spec_parts import Augment


@dataclass(frozen=True)
class Batch:
    """`images` float (B, C, H, W), normalised; `indices` (B,) into the split."""

    images: Tensor
    labels: Tensor
    indices: Tensor


class Normalise:
    """uint8 (B, C, H, W) -> float32, zero mean and unit variance per channel."""

    def __init__(
        self, mean: tuple[float, ...], std: tuple[float, ...], device: torch.device
    ) -> None:
        deviations = torch.tensor(std, dtype=torch.float64).clamp(min=1e-6)
        shape = (1, -1, 1, 1)
        # One multiplication and one addition: x / 255 / std - mean / std.
        self._factor = (1 / (255 * deviations)).float().view(shape).to(device)
        offsets = -torch.tensor(mean, dtype=torch.float64) / deviations
        self._offset = offsets.float().view(shape).to(device)

    def __call__(self, images: Tensor) -> Tensor:
        return torch.addcmul(self._offset, images.float(), self._factor)


def batch_bounds(count: int, batch_size: int) -> list[tuple[int, int]]:
    """Half-open ranges that cover `count` samples.

    No sample is dropped. A last batch of one joins the batch before it: batch norm can't
    estimate a variance from one sample.
    """
    starts = list(range(0, count, batch_size))
    if len(starts) > 1 and batch_size > 1 and count - starts[-1] == 1:
        starts.pop()
    return list(zip(starts, [*starts[1:], count], strict=True))


class TrainingBatches:
    """Iterating gives one epoch in a new order, all randomness drawn from `generator` (CPU)."""

    def __init__(
        self,
        split: Split,
        batch_size: int,
        augment: Augment,
        normalise: Normalise,
        generator: torch.Generator,
    ) -> None:
        self._split = split
        self._augment = augment
        self._normalise = normalise
        self._generator = generator
        self._bounds = batch_bounds(len(split), batch_size)

    def __len__(self) -> int:
        return len(self._bounds)

    def __iter__(self) -> Iterator[Batch]:
        device = self._split.labels.device
        order = torch.randperm(len(self._split), generator=self._generator).to(device)
        changes = _Changes.draw(len(order), self._augment, self._generator, device)
        for start, end in self._bounds:
            indices = order[start:end]
            images = self._normalise(self._split.images.index_select(0, indices))
            images = changes.apply(images, start, end)
            yield Batch(images, self._split.labels.index_select(0, indices), indices)


def evaluation_batches(
    split: Split, batch_size: int, normalise: Normalise
) -> Iterator[tuple[Tensor, Tensor]]:
    """Normalised images and labels, in order."""
    for start in range(0, len(split), batch_size):
        end = start + batch_size
        yield normalise(split.images[start:end]), split.labels[start:end]


@dataclass(frozen=True)
class _Changes:
    """An epoch's augmentation: `shifts` (N, 2) rows and columns, `flips` (N,) booleans."""

    reach: int
    shifts: Tensor | None
    flips: Tensor | None

    @classmethod
    def draw(
        cls, count: int, augment: Augment, generator: torch.Generator, device: torch.device
    ) -> _Changes:
        reach, shifts, flips = augment.shift, None, None
        if reach:
            shifts = torch.randint(0, 2 * reach + 1, (count, 2), generator=generator).to(device)
        if augment.flip:
            flips = (torch.rand(count, generator=generator) < 0.5).to(device)
        return cls(reach, shifts, flips)

    def apply(self, images: Tensor, start: int, end: int) -> Tensor:
        if self.flips is not None:
            images = torch.where(self.flips[start:end].view(-1, 1, 1, 1), images.flip(3), images)
        if self.shifts is not None:
            images = shift_images(images, self.shifts[start:end], self.reach)
        return images


def shift_images(images: Tensor, shifts: Tensor, reach: int) -> Tensor:
    """Crops (B, C, H, W) from images padded by `reach`, at offsets (B, 2) in [0, 2 * reach].

    The padding is 0, which is the mean grey of normalised images.
    """
    batch, _, height, width = images.shape
    padded = F.pad(images, (reach,) * 4)
    rows = shifts[:, :1] + torch.arange(height, device=images.device)  # (B, H)
    columns = shifts[:, 1:] + torch.arange(width, device=images.device)  # (B, W)
    samples = torch.arange(batch, device=images.device).view(-1, 1, 1)
    # Advanced indices around a slice put the channel last.
    crops = padded[samples, :, rows.unsqueeze(2), columns.unsqueeze(1)]  # (B, H, W, C)
    return crops.permute(0, 3, 1, 2)
