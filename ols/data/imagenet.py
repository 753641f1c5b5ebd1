"""ImageNet (ILSVRC 2012) in folders: train/<WordNet id>/*.JPEG and val/<WordNet id>/*.JPEG.

Class names come from torchvision's meta.bin, or the devkit's archive from which torchvision makes
it. Without, they are those that torchvision's weights carry where all 1,000 folders are there, else
the WordNet ids.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from ols.data.dataset import Dataset, first_of_each_class
from ols.data.image_folder import read_folders
from ols.data.reading import MEAN, STD, reading, split_of
from ols.spec.datasets.imagenet import ImageNet

DEVKIT = ("meta.bin", "ILSVRC2012_devkit_t12.tar.gz")
CLASSES = 1000


def load(dataset: ImageNet, data_dir: Path) -> Dataset:
    with reading("imagenet", data_dir) as folder:
        pair = read_folders(folder / "train", folder / "val")
        names = class_names(folder, pair.classes)
        kept = first_of_each_class(pair.train[1], dataset.train_per_class)
        train = split_of(dataset, *pair.train).select(kept.numbers)
        test = split_of(dataset, *pair.test)
        return Dataset("imagenet", names, train, test, MEAN, STD, pair.notes, kept)


def class_names(folder: Path, ids: Sequence[str]) -> tuple[str, ...]:
    """Of the classes with these WordNet ids."""
    # Imported here: torchvision takes a second to load.
    if any((folder / name).is_file() for name in DEVKIT):
        from torchvision.datasets.imagenet import META_FILE, load_meta_file, parse_devkit_archive

        if not (folder / META_FILE).is_file():
            parse_devkit_archive(folder)
        words, _ = load_meta_file(folder)
        return unambiguous([words[wnid][0] for wnid in ids], ids)
    if len(ids) != CLASSES:
        return tuple(ids)
    from torchvision.models import ResNet50_Weights

    # In the order of the WordNet ids.
    return tuple(ResNet50_Weights.IMAGENET1K_V2.meta["categories"])


def unambiguous(names: Sequence[str], ids: Sequence[str]) -> tuple[str, ...]:
    """Two cranes, two maillots: a name that stands for several classes gets its WordNet id."""
    counts = Counter(names)
    pairs = zip(names, ids, strict=True)
    return tuple(name if counts[name] == 1 else f"{name} ({wnid})" for name, wnid in pairs)
