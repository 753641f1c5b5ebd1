"""Writes a small folder of real image files: three colours, one a class."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

CLASSES = ("blue", "green", "red")


def write_image(path: Path, label: int, seed: int) -> None:
    """Of odd sizes, as RGB, grey or palette, a JPEG or a PNG."""
    stream = np.random.default_rng(seed)
    width, height = stream.integers(20, 60, 2)
    pixels = stream.integers(0, 120, (height, width, 3), dtype=np.uint8)
    pixels[:, :, 2 - label] += 120
    image = Image.fromarray(pixels)
    if path.suffix == ".png":
        image = image.convert("P")
    path.parent.mkdir(parents=True, exist_ok=True)
    image.save(path)


def write_folder(folder: Path, train: int = 10, test: int = 4, tests: str = "val") -> None:
    """`train` and `test` images of each class."""
    for part, count in (("train", train), (tests, test)):
        for label, name in enumerate(CLASSES):
            for i in range(count):
                suffix = "png" if i % 3 == 0 else "jpg"
                path = folder / part / name / f"{i:03}.{suffix}"
                write_image(path, label, seed=1000 * label + i + (500 if part == "train" else 0))
