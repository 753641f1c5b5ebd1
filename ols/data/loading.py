"""The table of datasets: name in a spec -> loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ols.data import (
    cifar,
    cub200,
    digits,
    fashion_mnist,
    fgvc_aircraft,
    flowers102,
    glyphs,
    image_folder,
    imagenet,
    stanford_cars,
    stanford_dogs,
)
from ols.data.dataset import Dataset, FileSplit
from ols.data.image_files import check_heads

DATASETS: dict[str, Callable[[Any, Path], Dataset]] = {
    "digits": digits.load,
    "glyphs": glyphs.load,
    "fashion_mnist": fashion_mnist.load,
    "cifar10": cifar.load,
    "cifar100": cifar.load,
    "imagenet": imagenet.load,
    "cub200": cub200.load,
    "flowers102": flowers102.load,
    "stanford_cars": stanford_cars.load,
    "fgvc_aircraft": fgvc_aircraft.load,
    "stanford_dogs": stanford_dogs.load,
    "image_folder": image_folder.load,
}


def load_dataset(dataset: Any, data_dir: Path | str) -> Dataset:
    """The data of `spec.dataset`; raises DatasetUnavailable where its files are not here, or one
    that should be an image is none."""
    data = DATASETS[dataset.name](dataset, Path(data_dir))
    for split in (data.train, data.test):
        if isinstance(split, FileSplit):
            check_heads(split.paths)
    return data
