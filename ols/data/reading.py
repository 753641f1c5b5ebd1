"""What the loaders of published datasets share: absent and damaged files in words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import torch

from ols.data.dataset import Dataset, FileSplit
from ols.data.published_files import PUBLISHED, advice
from ols.errors import DatasetUnavailable, OlsError
from ols.spec.datasets.photographs import Photographs

# ImageNet's, of pixels in [0, 1]: the usual ones for photographs.
MEAN = (0.485, 0.456, 0.406)
STD = (0.229, 0.224, 0.225)

Listing = tuple[Sequence[str], Sequence[int]]  # paths and labels, of one split


@contextmanager
def reading(name: str, data_dir: Path) -> Iterator[Path]:
    """Gives the dataset's folder; raises DatasetUnavailable where it is absent or damaged."""
    files = PUBLISHED[name]
    if files.missing(data_dir):
        raise DatasetUnavailable(advice(name, data_dir))
    folder = data_dir / files.folder
    try:
        yield folder
    except OlsError:
        raise
    except Exception as error:  # pickle and scipy raise almost anything at damaged files
        raise DatasetUnavailable(
            f"{files.title}'s files in {folder} are damaged or of another layout "
            f"({type(error).__name__}: {error}). Replace them with {files.source}."
        ) from error


def photographs(
    part: Photographs, name: str, classes: Sequence[str], train: Listing, test: Listing
) -> Dataset:
    """A dataset of image files, each of which is there."""
    for paths, _ in (train, test):
        refuse_missing(paths)
    return Dataset(name, tuple(classes), split_of(part, *train), split_of(part, *test), MEAN, STD)


def split_of(part: Photographs, paths: Sequence[str], labels: Sequence[int]) -> FileSplit:
    numbers = torch.tensor(list(labels), dtype=torch.int64)
    return FileSplit(tuple(paths), numbers, part.size, part.workers, part.crop)


def refuse_missing(paths: Sequence[str]) -> None:
    """Raises DatasetUnavailable where a listed image is not there."""
    missing = [path for path in paths if not Path(path).is_file()]
    if missing:
        more = f" and {len(missing) - 1} more" if len(missing) > 1 else ""
        raise DatasetUnavailable(
            f"{missing[0]}{more} is listed but not there; unpack the images again"
        )
