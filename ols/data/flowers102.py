"""Oxford Flowers-102 (Nilsback and Zisserman 2008), read by torchvision.

Trained on the official training part of 10 images per class and tested on the 6,149 of the test
part, as in the paper's code; the validation part is left out.
"""

from __future__ import annotations

from pathlib import Path

from ols.data.dataset import Dataset
from ols.data.reading import Listing, photographs, reading
from ols.spec.datasets.flowers102 import Flowers102


def load(dataset: Flowers102, data_dir: Path) -> Dataset:
    # Imported here: torchvision takes a second to load.
    from torchvision.datasets import Flowers102 as TorchvisionFlowers102

    def listing(split: str) -> Listing:
        data = TorchvisionFlowers102(data_dir, split)
        return [str(path) for path in data._image_files], data._labels

    with reading("flowers102", data_dir):
        classes = TorchvisionFlowers102.classes
        return photographs(dataset, "flowers102", classes, listing("train"), listing("test"))
