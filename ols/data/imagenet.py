"""ImageNet (ILSVRC 2012) in folders: train/<WordNet id>/*.JPEG and val/<WordNet id>/*.JPEG.

With torchvision's meta.bin, or the devkit's archive from which it is made, torchvision's ImageNet
reads it. Without, the folders are read as they are: class names are then those that torchvision's
weights carry where all 1,000 folders are there, else the WordNet ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ols.data.dataset import Dataset
from ols.data.image_folder import read_folders
from ols.data.reading import MEAN, STD, Listing, reading, split_of
from ols.spec.datasets.imagenet import ImageNet

DEVKIT = ("meta.bin", "ILSVRC2012_devkit_t12.tar.gz")
CLASSES = 1000


def load(dataset: ImageNet, data_dir: Path) -> Dataset:
    with reading("imagenet", data_dir) as folder:
        known = any((folder / name).is_file() for name in DEVKIT)
        names, train, test = _by_devkit(folder) if known else _by_folders(folder)
        train = first_of_each_class(train, dataset.train_per_class)
        return Dataset(
            "imagenet", names, split_of(dataset, *train), split_of(dataset, *test), MEAN, STD
        )


def _by_devkit(folder: Path) -> tuple[tuple[str, ...], Listing, Listing]:
    # Imported here: torchvision takes a second to load.
    from torchvision.datasets import ImageNet as TorchvisionImageNet

    train, val = (TorchvisionImageNet(folder, split) for split in ("train", "val"))
    names = unambiguous([names[0] for names in train.classes], train.wnids)
    if train.wnids != val.wnids:
        raise ValueError("train and val have different classes")
    return names, _listing(train.samples), _listing(val.samples)


def _by_folders(folder: Path) -> tuple[tuple[str, ...], Listing, Listing]:
    ids, train, test = read_folders(folder / "train", folder / "val")
    if len(ids) != CLASSES:
        return ids, train, test
    from torchvision.models import ResNet50_Weights

    names = ResNet50_Weights.IMAGENET1K_V2.meta["categories"]  # in the order of the WordNet ids
    return tuple(names), train, test


def first_of_each_class(listing: Listing, count: int) -> Listing:
    """In the listing's order, so that a smaller set is part of each larger one."""
    seen: Counter[int] = Counter()
    kept = []
    for path, label in zip(*listing, strict=True):
        seen[label] += 1
        if seen[label] <= count:
            kept.append((path, label))
    return [path for path, _ in kept], [label for _, label in kept]


def unambiguous(names: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Two cranes, two maillots: a name that stands for several classes gets its WordNet id."""
    counts = Counter(names)
    pairs = zip(names, ids, strict=True)
    return tuple(name if counts[name] == 1 else f"{name} ({wnid})" for name, wnid in pairs)


def _listing(samples: list[tuple[str, int]]) -> Listing:
    return [path for path, _ in samples], [label for _, label in samples]
