"""`python -m ols check-data NAME`: reads every image of a dataset from end to end.

A run reads only the heads of its image files before the first step, since whole ones take as long
as an epoch; this finds all that are damaged further in, without a run, by the run's own reader.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path

from ols.data.dataset import FileSplit
from ols.data.image_reading import FileCheck, check_file
from ols.data.loading import read_dataset
from ols.spec.datasets.base import DatasetSpec

CHUNK = 64  # files that a process takes at once


@dataclass(frozen=True)
class DatasetCheck:
    """`images` of the dataset, `notes` on what was skipped, and `files` one by one, as read.

    Images that are kept in few files are read, and those files checked, in loading.
    """

    images: int
    notes: tuple[str, ...]
    files: Iterator[FileCheck]


def check(dataset: DatasetSpec, data_dir: Path, processes: int) -> DatasetCheck:
    """Of `spec.dataset`; raises DatasetUnavailable where the dataset itself can't be loaded."""
    data = read_dataset(dataset, data_dir)
    splits = (data.train, data.test)
    paths = [path for split in splits if isinstance(split, FileSplit) for path in split.paths]
    return DatasetCheck(sum(map(len, splits)), data.notes, _checked(paths, processes))


def _checked(paths: list[str], processes: int) -> Iterator[FileCheck]:
    if not paths:
        return
    # Not forked: torch's threads are running already. The processes do without torch.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from pool.map(check_file, paths, chunksize=CHUNK)
