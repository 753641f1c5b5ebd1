"""Batches from a dataset that lies on the device: no workers, no per-sample Python.

Images stay uint8 until the very last: a whole batch is cropped, mirrored and then normalised.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from ols.data.crops import crop_images, mirror_images, pad_images
from ols.data.dataset import Split
from ols.data.mixing import Mixer, cut_out, mix_images, mixer
from ols.data.policies import SampleWise, eraser, policy
from ols.spec.parts.training_data import Augment


@dataclass(frozen=True)
class Batch:
    """`images` float (B, C, H, W), normalised; `indices` (B,) into the split.

    `size` is that of the batch over all processes that train the run, of which B are this one's.
    In a mixed batch each image holds `share` of its own and the rest of another one, of which
    `others` (B,) are the labels.
    """

    images: Tensor
    labels: Tensor
    indices: Tensor
    size: int
    share: float = 1.0
    others: Tensor | None = None

    def targets(self, num_classes: int) -> Tensor:
        """What the loss takes: labels (B,), or mixed targets (B, K)."""
        if self.others is None:
            return self.labels
        mixed = torch.zeros(len(self.labels), num_classes, device=self.labels.device)
        for labels, share in ((self.labels, self.share), (self.others, 1 - self.share)):
            weights = torch.full((len(labels), 1), share, device=labels.device)
            mixed.scatter_add_(1, labels.unsqueeze(1), weights)
        return mixed


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

    @property
    def limits(self) -> tuple[Tensor, Tensor]:
        """What becomes of black and of white, each (1, C, 1, 1)."""
        return self._offset, self._offset + self.levels(255)

    def levels(self, count: float) -> Tensor:
        """How far apart pixels lie that differ by `count` levels of 255, (1, C, 1, 1)."""
        return self._factor * count

    def pixels(self, images: Tensor) -> Tensor:
        """Normalised images as float pixels in [0, 1]."""
        return ((images - self._offset) / (255 * self._factor)).clamp_(0, 1)

    def __call__(self, images: Tensor) -> Tensor:
        # On a CPU addcmul takes 20 times as long with factors that are broadcast.
        return images.float().mul_(self._factor).add_(self._offset)


def batch_bounds(count: int, batch_size: int, least: int = 2) -> list[tuple[int, int]]:
    """Half-open ranges that cover `count` samples.

    No sample is dropped. A last batch of fewer than `least` joins the batch before it: batch norm
    can't estimate a variance from one sample, and every process needs a share.
    """
    starts = list(range(0, count, batch_size))
    if len(starts) > 1 and count - starts[-1] < min(least, batch_size):
        starts.pop()
    return list(zip(starts, [*starts[1:], count], strict=True))


def share_of(start: int, end: int, rank: int, ranks: int) -> tuple[int, int]:
    """The part of a range that falls to one of `ranks` processes; sizes differ by at most one."""
    size = end - start
    return start + size * rank // ranks, start + size * (rank + 1) // ranks


class TrainingBatches:
    """Iterating gives one epoch in a new order, all randomness drawn from `generator` (CPU).

    Where `ranks` processes train one run, each draws the same epoch and takes its own share of
    every batch; `split` needs a sample for each of them.
    """

    def __init__(
        self,
        split: Split,
        batch_size: int,
        augment: Augment,
        normalise: Normalise,
        generator: torch.Generator,
        rank: int = 0,
        ranks: int = 1,
    ) -> None:
        self._split = split
        self._augment = augment
        self._normalise = normalise
        self._generator = generator
        self._rank, self._ranks = rank, ranks
        self._bounds = batch_bounds(len(split), batch_size, max(2, ranks))
        self._padded = pad_images(split.images, augment.shift) if augment.shift else split.images

    def __len__(self) -> int:
        return len(self._bounds)

    @property
    def sizes(self) -> list[int]:
        """Of an epoch's batches, over all processes."""
        return [end - start for start, end in self._bounds]

    def __iter__(self) -> Iterator[Batch]:
        labels = self._split.labels
        order = torch.randperm(len(labels), generator=self._generator).to(labels.device)
        changes = _EpochAugmentation.draw(len(order), self._augment, self._generator, labels.device)
        mixes = mixer(self._augment, self._generator)
        changes = replace(
            changes,
            policy=policy(self._augment, self._generator),
            eraser=eraser(self._augment, self._generator),
        )
        for first, last in self._bounds:
            start, end = share_of(first, last, self._rank, self._ranks)
            indices = order[start:end]
            if mixes is None:
                images = self._images(changes, indices, slice(start, end))
                yield Batch(images, labels.index_select(0, indices), indices, last - first)
            else:
                yield self._mixed(mixes, changes, order, (first, last), slice(start, end))

    def _images(
        self, changes: _EpochAugmentation, indices: Tensor, places: slice | Tensor
    ) -> Tensor:
        images = self._normalise(changes.apply(self._padded, indices, places))
        return images if changes.eraser is None else changes.eraser(images, indices)

    def _mixed(
        self,
        mixes: Mixer,
        changes: _EpochAugmentation,
        order: Tensor,
        batch: tuple[int, int],
        own: slice,
    ) -> Batch:
        """A batch's share `own`, cut out and mixed; partners are of the whole batch."""
        first, last = batch
        centres, mix = mixes.centres(last - first), mixes.mix(last - first)

        def images_at(places: slice | Tensor, in_batch: slice | Tensor) -> Tensor:
            images = self._images(changes, order[places], places)
            if centres is None:
                return images
            return cut_out(images, centres[in_batch], self._augment.cutout)

        in_batch = slice(own.start - first, own.stop - first)
        images, indices = images_at(own, in_batch), order[own]
        labels = self._split.labels.index_select(0, indices)
        if mix is None:
            return Batch(images, labels, indices, last - first)
        partners = mix.partners[in_batch]
        places = (partners + first).to(order.device)
        whole = self._ranks == 1  # then the partners' images are there already
        others = images[partners] if whole else images_at(places, partners)
        images, share = mix_images(images, others, mix)
        other_labels = self._split.labels.index_select(0, order[places])
        return Batch(images, labels, indices, last - first, share, other_labels)


def evaluation_shares(count: int, batch_size: int, rank: int, ranks: int) -> list[tuple[int, int]]:
    """Half-open ranges that this process measures: its share of each batch, where it has one."""
    firsts = range(0, count, batch_size)
    bounds = [(first, min(first + batch_size, count)) for first in firsts]
    shares = [share_of(*batch, rank, ranks) for batch in bounds]
    return [(start, end) for start, end in shares if start < end]


def evaluation_batches(
    split: Split, batch_size: int, normalise: Normalise, rank: int = 0, ranks: int = 1
) -> Iterator[tuple[Tensor, Tensor]]:
    """Normalised images and labels in order: of each batch the share of this process, if any."""
    for start, end in evaluation_shares(len(split), batch_size, rank, ranks):
        yield normalise(split.images[start:end]), split.labels[start:end]


@dataclass(frozen=True)
class _EpochAugmentation:
    """An epoch's augmentation: `offsets` (N, 2) of crops, `mirrored` (N,) booleans, and what is
    drawn for each sample as it comes: the `policy` before it is normalised, the `eraser` after."""

    reach: int
    offsets: Tensor | None
    mirrored: Tensor | None
    policy: SampleWise | None = None
    eraser: SampleWise | None = None

    @classmethod
    def draw(
        cls, count: int, augment: Augment, generator: torch.Generator, device: torch.device
    ) -> _EpochAugmentation:
        reach, offsets, mirrored = augment.shift, None, None
        if reach:
            offsets = torch.randint(0, 2 * reach + 1, (count, 2), generator=generator).to(device)
        if augment.flip:
            mirrored = (torch.rand(count, generator=generator) < 0.5).to(device)
        return cls(reach, offsets, mirrored)

    def apply(self, padded: Tensor, indices: Tensor, places: slice | Tensor) -> Tensor:
        """The images `indices` as uint8 (B, C, H, W), at these places of the epoch's order."""
        if self.offsets is None:
            images = padded.index_select(0, indices)
        else:
            images = crop_images(padded, self.reach, indices, self.offsets[places])
        if self.mirrored is not None:
            images = mirror_images(images, self.mirrored[places])
        return images if self.policy is None else self.policy(images, indices)
