"""The datasets' code: the file of a dataset's name loads it.

What a dataset is called, and its fields, stand in the file of the same name in ols/spec/datasets.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

from ols.data.dataset import Dataset, FileSplit
from ols.data.image_files import check_heads
from ols.spec.datasets.base import DatasetSpec


def load_dataset(dataset: DatasetSpec, data_dir: Path | str) -> Dataset:
    """The data of `spec.dataset`; raises DatasetUnavailable where its files are not here, or one
    that should be an image is none."""
    data = read_dataset(dataset, Path(data_dir))
    for split in (data.train, data.test):
        if isinstance(split, FileSplit):
            check_heads(split.paths)
    return data


def read_dataset(dataset: DatasetSpec, data_dir: Path) -> Dataset:
    """The same, whatever its image files hold."""
    code = import_module(dataset.code_module())
    data: Dataset = code.load(dataset, data_dir)
    return data
