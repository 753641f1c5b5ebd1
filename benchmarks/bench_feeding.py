"""Augmented training images per second, as a ratio to torchvision's transforms in the same round.

    python -m benchmarks.bench_feeding

Pad by 4, crop 32 x 32, mirror half, normalise: 50,000 uint8 images 3 x 32 x 32, batches of 128, on
the CPU. Every process has one thread; "2 workers" are two more processes, started before the clock.
Rounds are interleaved and each way counts with its fastest. A round is an epoch, drawing its order
and offsets included, or for the slow ways SLOW_IMAGES of it, which favours neither.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from typing import Any
from unittest.mock import patch

import numpy as np
import torch
import torchvision
from PIL import Image
from torch.utils.data import DataLoader, Dataset
from torchvision import transforms as v1
from torchvision.transforms import v2

from ols.data import crops
from ols.data.batches import Normalise, TrainingBatches
from ols.data.dataset import Split
from ols.spec.parts.training_data import Augment

COUNT = 50_000
SLOW_IMAGES = 12_800
BATCH = 128
ROUNDS = 5
MEAN, STD = (0.4914, 0.4822, 0.4465), (0.2470, 0.2435, 0.2616)
BASELINE = "torchvision v1, PIL, no workers"


class Samples(Dataset):
    """As torchvision's CIFAR10: an image is made from the array when it is asked for."""

    def __init__(self, images: torch.Tensor, pil: bool) -> None:
        self.images = images.permute(0, 2, 3, 1).numpy().copy() if pil else images
        head = [v1.RandomCrop(32, padding=4), v1.RandomHorizontalFlip(), v1.ToTensor()]
        if not pil:
            scaled = v2.ToDtype(torch.float32, scale=True)
            head = [v2.RandomCrop(32, padding=4), v2.RandomHorizontalFlip(), scaled]
        self.transform = (v1 if pil else v2).Compose(
            [*head, (v1 if pil else v2).Normalize(MEAN, STD)]
        )

    def __len__(self) -> int:
        return SLOW_IMAGES

    def __getitem__(self, index: int) -> tuple[torch.Tensor, int]:
        image = self.images[index]
        if isinstance(image, np.ndarray):
            image = Image.fromarray(image)
        return self.transform(image), 0


class ByTorch(TrainingBatches):
    """Our batches through the path that a GPU takes."""

    def __iter__(self) -> Iterator[Any]:
        with patch.object(crops, "crop_by_numpy", crops.crop_by_torch):
            yield from super().__iter__()


def ways(images: torch.Tensor) -> dict[str, Iterable]:
    """Name -> something that gives an epoch's batches each time it is iterated."""
    pil, tensors = Samples(images, pil=True), Samples(images, pil=False)
    split = Split(images, torch.zeros(len(images), dtype=torch.int64))
    normalise = Normalise(MEAN, STD, torch.device("cpu"))
    given = (split, BATCH, Augment(shift=4, flip=True), normalise, torch.Generator())
    return {
        BASELINE: DataLoader(pil, BATCH, shuffle=True),
        "torchvision v1, PIL, 2 workers": DataLoader(
            pil, BATCH, shuffle=True, num_workers=2, persistent_workers=True
        ),
        "torchvision v2, tensors, no workers": DataLoader(tensors, BATCH, shuffle=True),
        "ours, torch path": ByTorch(*given),
        "ours": TrainingBatches(*given),
    }


def images_a_second(batches: Iterable) -> float:
    """Images by wall seconds over one pass."""
    start, count = time.perf_counter(), 0
    for batch in batches:
        images = batch[0] if isinstance(batch, list) else batch.images
        count += len(images)
    return count / (time.perf_counter() - start)


def main() -> None:
    torch.set_num_threads(1)
    torch.manual_seed(0)
    compared = ways(torch.randint(256, (COUNT, 3, 32, 32), dtype=torch.uint8))
    best = dict.fromkeys(compared, 0.0)
    for batches in compared.values():  # starts the workers
        images_a_second(batches)
    for _ in range(ROUNDS):
        for name, batches in compared.items():
            best[name] = max(best[name], images_a_second(batches))
    print(f"torch {torch.__version__}, torchvision {torchvision.__version__}, 1 thread per process")
    for name, speed in best.items():
        print(f"{name:<36} {speed:>9,.0f} images/s {speed / best[BASELINE]:>6.1f}x")


if __name__ == "__main__":
    main()
