"""What every dataset is once loaded: uint8 images or their files, checked labels, names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Split:
    """Images uint8 (N, C, H, W) and labels int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __post_init__(self) -> None:
        if self.images.dtype != torch.uint8 or self.images.dim() != 4:
            raise ValueError("images must be uint8 (N, C, H, W)")
        if self.labels.shape != self.images.shape[:1]:
            raise ValueError(
                f"{len(self.images)} images but labels of shape {tuple(self.labels.shape)}"
            )

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def channels(self) -> int:
        return self.images.shape[1]

    @property
    def size(self) -> int:
        """Height and width in pixels."""
        return self.images.shape[3]

    def select(self, indices: Tensor) -> Split:
        return Split(self.images[indices], self.labels[indices])

    def with_labels(self, labels: Tensor) -> Split:
        return replace(self, labels=labels)

    def to(self, device: torch.device) -> Split:
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class FileSplit:
    """Image files, read as RGB of `size` x `size` pixels, and their labels int64 (N,).

    The files are read by `workers` processes (0: by the trainer itself); `crop` says how, as
    `spec.dataset.crop`. A path may be an address in a table, as of ols/data/image_rows.py.
    """

    paths: tuple[str, ...]
    labels: Tensor
    size: int
    workers: int
    crop: str = "random_resized"

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def channels(self) -> int:
        return 3

    def select(self, indices: Tensor) -> FileSplit:
        paths = tuple(self.paths[i] for i in indices.tolist())
        return replace(self, paths=paths, labels=self.labels[indices])

    def with_labels(self, labels: Tensor) -> FileSplit:
        return replace(self, labels=labels)

    def to(self, device: torch.device) -> FileSplit:
        """The labels on `device`; the images follow batch by batch."""
        return self.with_labels(self.labels.to(device))


AnySplit = Split | FileSplit


class Kept(NamedTuple):
    """`numbers` (N,) of the samples that were kept of a training part of `whole`, ascending."""

    numbers: Tensor
    whole: int


def first_of_each_class(labels: Sequence[int] | NDArray[np.integer], count: int) -> Kept:
    """The first `count` of each class, so that a smaller set is part of each larger one."""
    array = np.asarray(labels)
    kept = [np.flatnonzero(array == label)[:count] for label in np.unique(array)]
    return Kept(torch.from_numpy(np.sort(np.concatenate(kept))), len(array))


@dataclass(frozen=True)
class Dataset:
    """`mean` and `std` are per channel, of pixels in [0, 1]; `notes` are sentences on what was
    skipped. Labels are checked here, once: a check in the loss would cost a GPU a sync every
    step."""

    name: str
    classes: tuple[str, ...]
    train: AnySplit
    test: AnySplit
    mean: tuple[float, ...]
    std: tuple[float, ...]
    notes: tuple[str, ...] = ()
    kept: Kept | None = None  # which training samples these are, where they are not all

    def __post_init__(self) -> None:
        for part, split in (("train", self.train), ("test", self.test)):
            _check_labels(f"{self.name}, {part}", split.labels, len(self.classes))

    @property
    def channels(self) -> int:
        return self.train.channels

    @property
    def train_numbers(self) -> Tensor:
        """(N,) int64: what each training sample is called, its place in the whole training part."""
        return torch.arange(len(self.train)) if self.kept is None else self.kept.numbers

    @property
    def whole_train(self) -> int:
        """How many samples the whole training part has."""
        return len(self.train) if self.kept is None else self.kept.whole


Arrays = tuple[NDArray[np.uint8], NDArray[np.integer]]
Statistics = tuple[tuple[float, ...], tuple[float, ...]]


def from_arrays(
    name: str,
    classes: tuple[str, ...],
    train: Arrays,
    test: Arrays,
    statistics: Statistics | None = None,
    per_class: int | None = None,
) -> Dataset:
    """A dataset of images (N, H, W), grey, or (N, H, W, C); `per_class`: the first of each training
    class.

    Normalised by the mean and deviation of each channel in `statistics`, or else by those of the
    training images.
    """
    if not len(train[0]) or not len(test[0]):
        raise ValueError(f"{name}: no images")
    if len(train[0]) != len(train[1]):
        raise ValueError(f"{len(train[0])} images, but {len(train[1])} labels")
    kept = None
    if per_class is not None:
        kept = first_of_each_class(train[1], per_class)
        train = train[0][kept.numbers.numpy()], train[1][kept.numbers.numpy()]
    mean, std = statistics or _statistics(train[0])
    return Dataset(name, classes, _split(*train), _split(*test), mean, std, kept=kept)


def _statistics(images: NDArray[np.uint8]) -> Statistics:
    pixels = images.astype(np.float64) / 255.0
    channels = pixels.reshape(-1, 1 if images.ndim == 3 else images.shape[3])
    return tuple(channels.mean(0).tolist()), tuple(channels.std(0).tolist())


def _split(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Split:
    planes = images[:, None] if images.ndim == 3 else images.transpose(0, 3, 1, 2)
    tensor = torch.from_numpy(np.ascontiguousarray(planes))
    return Split(tensor, torch.from_numpy(labels.astype(np.int64)))


def _check_labels(where: str, labels: Tensor, num_classes: int) -> None:
    if labels.dtype != torch.int64:
        raise ValueError(f"{where}: labels must be int64")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        raise ValueError(
            f"{where}: labels lie in [{low}, {high}], must lie in [0, {num_classes - 1}]"
        )
