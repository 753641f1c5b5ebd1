"""Any folder of images in the layout of torchvision's ImageFolder, one subfolder a class.

Only names and labels are read here; file_batches.py reads the images when they are trained with.
"""

from __future__ import annotations

from pathlib import Path

from ols.data.dataset import Dataset
from ols.data.image_files import LAYOUT, advice, find_parts
from ols.data.reading import MEAN, STD, Listing, split_of
from ols.errors import DatasetUnavailable
from ols.spec.datasets.image_folder import ImageFolder


def load(dataset: ImageFolder, data_dir: Path) -> Dataset:
    parts = find_parts(data_dir / dataset.folder)
    if parts is None:
        raise DatasetUnavailable(advice(data_dir / dataset.folder))
    classes, train, test = read_folders(*parts)
    return Dataset(
        "image_folder", classes, split_of(dataset, *train), split_of(dataset, *test), MEAN, STD
    )


def read_folders(train: Path, test: Path) -> tuple[tuple[str, ...], Listing, Listing]:
    """Names, training and test files of two folders that must have the same classes."""
    classes, training = _read(train)
    tested, testing = _read(test)
    if classes != tested:
        raise DatasetUnavailable(
            f"{train} and {test} must have the same classes; only one has "
            f"{_listed(sorted(set(classes) ^ set(tested)))}"
        )
    return classes, training, testing


def _read(folder: Path) -> tuple[tuple[str, ...], Listing]:
    # Imported here: torchvision takes a second to load.
    from torchvision.datasets import ImageFolder as TorchvisionImageFolder

    try:
        found = TorchvisionImageFolder(folder, allow_empty=True)
    except OSError as error:
        raise DatasetUnavailable(f"{error} Expected: {LAYOUT}.") from error
    present = set(found.targets)
    empty = [name for label, name in enumerate(found.classes) if label not in present]
    if empty:
        raise DatasetUnavailable(
            f"no image in these class folders of {folder}: {_listed(empty)}; fill or remove them"
        )
    return tuple(found.classes), ([path for path, _ in found.samples], found.targets)


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - 10} more" if len(names) > 10 else ""
    return ", ".join(names[:10]) + more
