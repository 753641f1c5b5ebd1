"""Any folder of images in the layout of torchvision's ImageFolder, one subfolder a class.

Only names and labels are read here; file_batches.py reads the images when they are trained with.
"""

from __future__ import annotations

from pathlib import Path

import torch

from ols.data.dataset import Dataset, FileSplit
from ols.data.image_files import LAYOUT, advice, find_parts
from ols.errors import DatasetUnavailable
from ols.spec_parts.datasets import ImageFolder

# ImageNet's, of pixels in [0, 1]: the usual ones for photographs.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)


def load(dataset: ImageFolder, data_dir: Path) -> Dataset:
    parts = find_parts(data_dir / dataset.folder)
    if parts is None:
        raise DatasetUnavailable(advice(data_dir / dataset.folder))
    classes, train = _read(parts.train, dataset)
    tested, test = _read(parts.test, dataset)
    if classes != tested:
        raise DatasetUnavailable(
            f"{parts.train} and {parts.test} must have the same classes; only one has "
            f"{_listed(sorted(set(classes) ^ set(tested)))}"
        )
    return Dataset("image_folder", classes, train, test, MEAN, STD)


def _read(folder: Path, dataset: ImageFolder) -> tuple[tuple[str, ...], FileSplit]:
    # Imported here: torchvision takes a second to load.
    from torchvision.datasets import ImageFolder as TorchvisionImageFolder

    try:
        found = TorchvisionImageFolder(folder, allow_empty=True)
    except OSError as error:
        raise DatasetUnavailable(f"{error} Expected: {LAYOUT}.") from error
    labels = torch.tensor(found.targets, dtype=torch.int64)
    counts = torch.bincount(labels, minlength=len(found.classes)).tolist()
    empty = [name for name, count in zip(found.classes, counts, strict=True) if not count]
    if empty:
        raise DatasetUnavailable(
            f"no image in these class folders of {folder}: {_listed(empty)}; fill or remove them"
        )
    paths = tuple(path for path, _ in found.samples)
    return tuple(found.classes), FileSplit(paths, labels, dataset.size, dataset.workers)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
