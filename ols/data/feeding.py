"""The trainer's batches, from wherever a split's images lie: on the device or in files."""

from __future__ import annotations

from collections.abc import Iterator

import torch
from torch import Tensor

from ols.data import batches, file_batches
from ols.data.batches import Normalise, TrainingBatches
from ols.data.dataset import AnySplit, FileSplit
from ols.data.file_batches import FileBatches
from ols.errors import FieldError, SpecError
from ols.spec.parts.training_data import Augment


def training_batches(
    split: AnySplit,
    batch_size: int,
    augment: Augment,
    normalise: Normalise,
    generator: torch.Generator,
    rank: int = 0,
    ranks: int = 1,
) -> TrainingBatches | FileBatches:
    """One epoch each time it is iterated, all randomness drawn from `generator` (CPU).

    `batch_size` is that of all `ranks` processes together; this one, `rank`, gets its share of
    every batch. Raises SpecError where a process would get none.
    """
    if len(split) < ranks:
        message = f"must not exceed the number of training images ({len(split)})"
        raise SpecError([FieldError("devices", message)])
    size = split.size if isinstance(split, FileSplit) else min(split.images.shape[2:])
    if augment.cutout >= size:
        message = f"must be below the images' size ({size} pixels)"
        raise SpecError([FieldError("augment.cutout", message)])
    if isinstance(split, FileSplit):
        return FileBatches(split, batch_size, augment, normalise, generator, rank, ranks)
    return TrainingBatches(split, batch_size, augment, normalise, generator, rank, ranks)


def evaluation_batches(
    split: AnySplit, batch_size: int, normalise: Normalise, rank: int = 0, ranks: int = 1
) -> Iterator[tuple[Tensor, Tensor]]:
    """Normalised images and labels, in order; of each batch the share of this process, if any."""
    if isinstance(split, FileSplit):
        return file_batches.file_evaluation_batches(split, batch_size, normalise, rank, ranks)
    return batches.evaluation_batches(split, batch_size, normalise, rank, ranks)


def evaluation_places(split: AnySplit, batch_size: int, rank: int = 0, ranks: int = 1) -> Tensor:
    """The places in the split of what `evaluation_batches` gives this process, in its order."""
    if isinstance(split, FileSplit):
        batch_size = file_batches.file_batch_size(split, batch_size)
    shares = batches.evaluation_shares(len(split), batch_size, rank, ranks)
    return torch.cat([torch.arange(start, end) for start, end in shares] or [torch.arange(0)])
