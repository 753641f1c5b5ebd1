"""Tiny-ImageNet: 200 of ImageNet's classes at 64 x 64 pixels (Stanford's CS231n, 2015).

wnids.txt                       the classes' WordNet ids
words.txt                       id, tab, words
train/<id>/images/*.JPEG        500 of each class
val/images/*.JPEG               10,000, measured as test images: those have no labels
val/val_annotations.txt         file, tab, id, tab, a box
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from ols.data.dataset import Dataset, from_arrays
from ols.data.decoded_images import read_pixels
from ols.data.imagenet import unambiguous
from ols.data.reading import reading, refuse_missing
from ols.spec.datasets.tiny_imagenet import TinyImageNet

# Of the training images' pixels in [0, 1], as public code has it.
MEAN = (0.4802, 0.4481, 0.3975)
STD = (0.2770, 0.2691, 0.2821)
SIDE = 64


def load(dataset: TinyImageNet, data_dir: Path) -> Dataset:
    with reading("tiny_imagenet", data_dir) as folder:
        ids = sorted(_table(folder / "wnids.txt"))
        words = _table(folder / "words.txt")
        names = unambiguous([words[wnid].partition(",")[0] for wnid in ids], ids)
        train, test = _training(folder, ids), _validation(folder, ids)
        for paths, _ in (train, test):
            refuse_missing(paths)
        pixels = read_pixels(folder, train[0], test[0], SIDE)
        return from_arrays(
            "tiny_imagenet",
            names,
            (pixels[0], np.array(train[1])),
            (pixels[1], np.array(test[1])),
            (MEAN, STD),
            dataset.train_per_class,
        )


def _table(path: Path) -> dict[str, str]:
    """The first column of each line -> what follows it."""
    lines = filter(None, path.read_text("utf-8").splitlines())
    return {first: rest for first, _, rest in (line.strip().partition("\t") for line in lines)}


def _training(folder: Path, ids: list[str]) -> tuple[list[str], list[int]]:
    paths: list[str] = []
    labels: list[int] = []
    for label, wnid in enumerate(ids):
        files = sorted((folder / "train" / wnid / "images").glob("[!.]*.JPEG"))
        if not files:
            raise ValueError(f"train/{wnid}/images holds no image")
        paths += map(str, files)
        labels += [label] * len(files)
    return paths, labels


def _validation(folder: Path, ids: list[str]) -> tuple[list[str], list[int]]:
    numbers = {wnid: label for label, wnid in enumerate(ids)}
    rows = _table(folder / "val" / "val_annotations.txt")
    paths = [str(folder / "val" / "images" / file) for file in rows]
    return paths, [numbers[rest.partition("\t")[0]] for rest in rows.values()]
