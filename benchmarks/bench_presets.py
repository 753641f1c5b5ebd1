"""What the short presets of the paper's experiments take, in core-minutes.

    python -m benchmarks.bench_presets [-o benchmarks/results/presets.md]

None of these datasets is at hand, so each is written anew: CIFAR as pixels in memory, photographs
as JPEG files of about their mean size (smooth noise, quality 90), a few of them over and over. A
share of an epoch is trained and a share of the test set measured by the trainer itself, with one
thread and no reading processes; the rest is multiplication. Times are CPU seconds of the process,
which other processes on the machine hardly change. On 4 cores two processes read beside the
trainer, so what passes is between a third of the sum and all of it.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from unittest.mock import patch

import numpy as np
import torch
from PIL import Image

from ols.data.cifar import MEAN, STD
from ols.data.dataset import Dataset, FileSplit, from_arrays
from ols.spec.datasets.photographs import Photographs
from ols.spec.run_spec import RunSpec
from ols.training import run_data
from ols.training.trainer import Trainer

# Training and test images, classes, width and height of a photograph.
SETS: dict[str, tuple[int, int, int, tuple[int, int] | None]] = {
    "cifar10-short": (50_000, 10_000, 10, None),
    "cifar100-short": (50_000, 10_000, 100, None),
    "imagenet-short": (1_281_167, 50_000, 1000, (500, 375)),
    "cub200-short": (5_994, 5_794, 200, (470, 390)),
    "flowers102-short": (1_020, 6_149, 102, (630, 530)),
    "stanford_cars-short": (8_144, 8_041, 196, (700, 480)),
    "fgvc_aircraft-short": (6_667, 3_333, 100, (1100, 750)),
    "stanford_dogs-short": (12_000, 8_580, 120, (440, 390)),
}
TRAINED, TESTED = 2_560, 2_000  # images, of photographs an eighth
FILES = 20


def measure(preset: str, folder: Path) -> tuple[RunSpec, float, float]:
    """The preset's spec, CPU seconds a training image and a test image."""
    _, _, classes, size = SETS[preset]
    photos = {} if size is None else {"dataset": {"workers": 0}}
    spec = RunSpec.parse({"preset": preset, **photos})
    data = _cifar(classes) if size is None else _photographs(spec, classes, size, folder)
    with patch.object(run_data, "load_dataset", lambda *_: data):
        trainer = Trainer(spec, threads=1)
    trainer._train_steps(1)  # warm
    train = _seconds(lambda: trainer._train_steps(2)) / len(data.train)
    return (
        spec,
        train,
        _seconds(lambda: trainer._validation.measure(2, trainer.criterion)) / len(data.test),
    )


def _seconds(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _cifar(classes: int) -> Dataset:
    stream = np.random.default_rng(0)

    def split(count: int) -> tuple[np.ndarray, np.ndarray]:
        pixels = stream.integers(0, 256, (count, 32, 32, 3), dtype=np.uint8)
        return pixels, np.arange(count) % classes

    names = tuple(map(str, range(classes)))
    return from_arrays("cifar", names, split(TRAINED), split(TESTED), (MEAN, STD))


def _photographs(spec: RunSpec, classes: int, size: tuple[int, int], folder: Path) -> Dataset:
    assert isinstance(spec.dataset, Photographs)
    size_and_crop = (spec.dataset.size, 0, spec.dataset.crop)
    stream = np.random.default_rng(0)
    paths = [folder / f"{size[0]}-{i}.jpg" for i in range(FILES)]
    for path in paths:
        coarse = stream.integers(0, 256, (size[1] // 8, size[0] // 8, 3), dtype=np.uint8)
        Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(path, quality=90)

    def split(count: int) -> FileSplit:
        files = tuple(str(paths[i % FILES]) for i in range(count))
        labels = torch.arange(count) % classes
        return FileSplit(files, labels, *size_and_crop)

    names = tuple(map(str, range(classes)))
    train, test = split(TRAINED // 8), split(TESTED // 8)
    return Dataset(spec.dataset.name, names, train, test, (0.5,) * 3, (0.25,) * 3)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    lines = [
        "| preset | epochs | ms, training image | ms, test image | core-minutes, epoch | run |",
        "|---|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as folder:
        for preset, (train, test, classes, _) in SETS.items():
            spec, training, testing = measure(preset, Path(folder))
            count = min(train, classes * getattr(spec.dataset, "train_per_class", train))
            epoch = (count * training + test * testing) / 60
            lines.append(
                f"| `{preset}` | {spec.epochs} | {1000 * training:.2f} | {1000 * testing:.2f} "
                f"| {epoch:.1f} | {spec.epochs * epoch:.0f} |"
            )
            print(lines[-1], flush=True)
    text = "\n".join(lines) + "\n"
    if options.output:
        options.output.write_text(text)


if __name__ == "__main__":
    main()
