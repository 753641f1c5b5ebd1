"""Any folder of images in the layout of torchvision's ImageFolder, one subfolder a class.

Only names and labels are read here; file_batches.py reads the images when they are trained with.
"""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from ols.data.class_folders import ClassFolders, read_class_folders
from ols.data.dataset import Dataset
from ols.data.hf_files import STATE
from ols.data.image_files import LAYOUT, advice, find_parts
from ols.data.reading import MEAN, STD, Listing, split_of
from ols.errors import DatasetUnavailable
from ols.spec.datasets.image_folder import ImageFolder


class FolderPair(NamedTuple):
    """The files of two folders of the same `classes`; `notes`: sentences on what was skipped."""

    classes: tuple[str, ...]
    train: Listing
    test: Listing
    notes: tuple[str, ...]


def load(dataset: ImageFolder, data_dir: Path) -> Dataset:
    parts = find_parts(data_dir / dataset.folder)
    if parts is None:
        raise DatasetUnavailable(advice(data_dir / dataset.folder))
    pair = read_folders(*parts)
    train, test = (split_of(dataset, *listing) for listing in (pair.train, pair.test))
    return Dataset("image_folder", pair.classes, train, test, MEAN, STD, pair.notes)


def read_folders(train: Path, test: Path) -> FolderPair:
    """The training and test files of two folders that must have the same classes."""
    training, testing = (_read(folder) for folder in (train, test))
    if training.classes != testing.classes:
        raise DatasetUnavailable(
            f"{train} and {test} must have the same classes; only one has "
            f"{_listed(sorted(set(training.classes) ^ set(testing.classes)))}"
        )
    notes = (
        part.skipped.sentence(folder.name) for part, folder in ((training, train), (testing, test))
    )
    return FolderPair(
        training.classes,
        (training.paths, training.labels),
        (testing.paths, testing.labels),
        tuple(filter(None, notes)),
    )


def _read(folder: Path) -> ClassFolders:
    content = read_class_folders(folder)
    if not content.classes and (folder / STATE).is_file():
        raise DatasetUnavailable(
            f"{folder} holds files of Hugging Face's datasets; choose the data set hf_folder"
        )
    if not content.classes:
        raise DatasetUnavailable(f"there is no class folder in {folder}. Expected: {LAYOUT}.")
    if content.empty:
        told = content.skipped.sentence(folder.name)
        raise DatasetUnavailable(
            f"no image in these class folders of {folder}: {_listed(content.empty)}; fill or "
            f"remove them{f' ({told})' if told else ''}"
        )
    return content


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
