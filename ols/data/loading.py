"""The table of datasets: name in a spec -> loader."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from ols.data import digits, fashion_mnist, glyphs, image_folder
from ols.data.dataset import Dataset

DATASETS: dict[str, Callable[[Any, Path], Dataset]] = {
    "digits": digits.load,
    "glyphs": glyphs.load,
    "fashion_mnist": fashion_mnist.load,
    "image_folder": image_folder.load,
}


def load_dataset(dataset: Any, data_dir: Path | str) -> Dataset:
    """The data of `spec.dataset`; raises DatasetUnavailable where its files are not here."""
    return DATASETS[dataset.name](dataset, Path(data_dir))
