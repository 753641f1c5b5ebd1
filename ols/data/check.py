"""`python -m ols check-data NAME`: reads every image of a dataset from end to end.

A run reads only the heads of its image files before the first step, since whole ones take as long
as an epoch; this finds all that are damaged further in, without a run.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path

from ols.data.dataset import FileSplit
from ols.data.image_files import damage
from ols.data.loading import read_dataset
from ols.spec.datasets.base import DatasetSpec

CHUNK = 64  # files a process takes at once


def check(dataset: DatasetSpec, data_dir: Path, processes: int) -> tuple[int, Iterator[str]]:
    """How many images `spec.dataset` has, and of each that can't be read a line that says why.

    Raises DatasetUnavailable where the dataset itself can't be loaded. Images that are kept in few
    files are read, and those files checked, in loading.
    """
    data = read_dataset(dataset, data_dir)
    splits = (data.train, data.test)
    paths = [path for split in splits if isinstance(split, FileSplit) for path in split.paths]
    return sum(map(len, splits)), _problems(paths, processes)


def _problems(paths: list[str], processes: int) -> Iterator[str]:
    if not paths:
        return
    # Not forked: torch's threads are running already. The processes do without torch.
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        yield from filter(None, pool.map(damage, paths, chunksize=CHUNK))
