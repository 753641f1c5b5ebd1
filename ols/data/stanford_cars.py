"""Stanford Cars: 16,185 photographs of 196 cars (Krause et al. 2013), read by torchvision."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ols.data.dataset import Dataset
from ols.data.reading import Listing, photographs, reading
from ols.spec.datasets.stanford_cars import StanfordCars


def load(dataset: StanfordCars, data_dir: Path) -> Dataset:
    # Imported here: torchvision takes a second to load.
    from torchvision.datasets import StanfordCars as TorchvisionStanfordCars

    with reading("stanford_cars", data_dir):
        train, test = (TorchvisionStanfordCars(data_dir, split) for split in ("train", "test"))
        return photographs(dataset, "stanford_cars", train.classes, _listing(train), _listing(test))


def _listing(data: Any) -> Listing:
    return [path for path, _ in data._samples], [int(label) for _, label in data._samples]
