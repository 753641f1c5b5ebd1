"""What every dataset is once loaded: uint8 images, checked labels, names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor


@dataclass(frozen=True)
class Split:
    """Images uint8 (N, C, H, W) and labels int64 (N,)."""

    images: Tensor
    labels: Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def select(self, indices: Tensor) -> Split:
        return Split(self.images[indices], self.labels[indices])

    def to(self, device: torch.device) -> Split:
        return Split(self.images.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Dataset:
    """`mean` and `std` are per channel, of pixels in [0, 1]. Labels are checked here, once: a
    check in the loss would cost a GPU a sync every step."""

    name: str
    classes: tuple[str, ...]
    train: Split
    test: Split
    mean: tuple[float, ...]
    std: tuple[float, ...]

    def __post_init__(self) -> None:
        for part, split in (("train", self.train), ("test", self.test)):
            _check(f"{self.name}, {part}", split, len(self.classes))

    @property
    def channels(self) -> int:
        return self.train.images.shape[1]


def from_arrays(
    name: str,
    classes: tuple[str, ...],
    train: tuple[NDArray[np.uint8], NDArray[np.integer]],
    test: tuple[NDArray[np.uint8], NDArray[np.integer]],
) -> Dataset:
    """A dataset of grey images (N, H, W), normalised by its training images."""
    if not len(train[0]) or not len(test[0]):
        raise ValueError(f"{name}: no images")
    pixels = train[0].astype(np.float64) / 255.0
    return Dataset(
        name,
        classes,
        _split(*train),
        _split(*test),
        mean=(float(pixels.mean()),),
        std=(float(pixels.std()),),
    )


def _split(images: NDArray[np.uint8], labels: NDArray[np.integer]) -> Split:
    tensor = torch.from_numpy(np.ascontiguousarray(images)).unsqueeze(1)
    return Split(tensor, torch.from_numpy(labels.astype(np.int64)))


def _check(where: str, split: Split, num_classes: int) -> None:
    images, labels = split.images, split.labels
    if images.dtype != torch.uint8 or images.dim() != 4:
        raise ValueError(f"{where}: images must be uint8 (N, C, H, W)")
    if labels.dtype != torch.int64 or labels.shape != images.shape[:1]:
        raise ValueError(f"{where}: {len(images)} images but labels {tuple(labels.shape)}")
    low, high = int(labels.min()), int(labels.max())
    if low < 0 or high >= num_classes:
        raise ValueError(
            f"{where}: labels lie in [{low}, {high}], must lie in [0, {num_classes - 1}]"
        )
