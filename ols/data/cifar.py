"""CIFAR-10 and CIFAR-100: 60,000 colour images of 32 x 32, read by torchvision (Krizhevsky 2009).

CIFAR-10 may also lie there as image files (cifar_copies.py); torchvision's come first.

Their files are Python pickles, which could run code when they are read. torchvision compares each
with the MD5 sum of the published file before it unpickles it, and so does this: only the published
files are ever unpickled. (MD5 guards against damage, and against a file that somebody swapped
without a collision attack; it is the sum that the authors publish.)
"""

from __future__ import annotations

import tarfile
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from ols.data import cifar_copies
from ols.data.cifar_copies import find_copies, read_copies
from ols.data.dataset import Dataset, from_arrays
from ols.data.published_files import PUBLISHED
from ols.data.reading import reading
from ols.errors import DatasetUnavailable

# Of pixels in [0, 1]; the official code's for both, as in Wide ResNet's.
MEAN = (125.3 / 255, 123.0 / 255, 113.9 / 255)
STD = (63.0 / 255, 62.1 / 255, 66.7 / 255)


def load(dataset: Any, data_dir: Path) -> Dataset:
    """`spec.dataset` of either kind."""
    # Imported here: torchvision takes a second to load.
    from torchvision.datasets import CIFAR10, CIFAR100

    reader = CIFAR100 if dataset.name == "cifar100" else CIFAR10
    settings: dict[str, Any] = {"statistics": (MEAN, STD), "per_class": dataset.train_per_class}
    _unpack(dataset.name, data_dir, reader.tgz_md5)
    if copies := _copies(dataset.name, data_dir):
        return from_arrays(dataset.name, cifar_copies.CLASSES, *read_copies(copies), **settings)
    with reading(dataset.name, data_dir):
        train, test = reader(data_dir, train=True), reader(data_dir, train=False)
        return from_arrays(
            dataset.name,
            tuple(train.classes),
            (train.data, np.asarray(train.targets)),
            (test.data, np.asarray(test.targets)),
            **settings,
        )


def _copies(name: str, data_dir: Path) -> Path | None:
    """The folder of image files that stands in for torchvision's files."""
    if name != "cifar10" or not PUBLISHED[name].missing(data_dir):
        return None
    return find_copies(data_dir)


def _unpack(name: str, data_dir: Path, md5: str) -> None:
    """The archive, where it lies there still packed; aside and renamed, for runs that start at
    once must never see half of it."""
    from torchvision.datasets.utils import check_integrity

    files = PUBLISHED[name]
    if not files.missing(data_dir) or not files.packed(data_dir):
        return
    archive = data_dir / files.archive
    if not check_integrity(archive, md5):
        raise DatasetUnavailable(
            f"{archive} is damaged or incomplete: its MD5 sum is not {md5}. "
            f"Replace it with {files.source}."
        )
    with tempfile.TemporaryDirectory(dir=data_dir) as aside, tarfile.open(archive) as packed:
        packed.extractall(aside, filter="data")
        try:
            (Path(aside) / files.folder).rename(data_dir / files.folder)
        except OSError:
            if files.missing(data_dir):  # else another run was faster
                raise
