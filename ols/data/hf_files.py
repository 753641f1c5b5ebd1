"""Where Hugging Face's `datasets` puts a data set on disk. No torch, no pyarrow: availability reads
this.

    save_to_disk      <folder>/<split>/state.json, which lists that folder's .arrow files
    a Hub repository  <folder>/data/<split>-00000-of-00002.parquet, or directly in <folder>
    its conversion    <folder>/<split>/0000.parquet
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from ols.data.class_folders import is_hidden
from ols.errors import DatasetUnavailable

LAYOUT = "<split>/state.json (by save_to_disk), or <split>-*.parquet there or in one folder below"
NEEDED = "Hugging Face's files are read with pyarrow: pip install 'ols-lab[parquet]'"
STATE = "state.json"
SHARD = re.compile(r"-\d+-of-\d+.*")
NUMBER = re.compile(r"(part|data|file)?[-_]?\d+.*")  # a name that says nothing of the split

Splits = dict[str, list[Path]]  # the files of each split, in order


def has_pyarrow() -> bool:
    return find_spec("pyarrow") is not None


def find_folders(data_dir: Path) -> list[str]:
    """Names of the folders in `data_dir` that hold such files, sorted."""
    folders = (path for path in _visible(data_dir) if path.is_dir())
    return sorted(path.name for path in folders if is_saved(path) or any(_parquet(path)))


def is_saved(folder: Path) -> bool:
    """Whether save_to_disk wrote it."""
    return any((path / STATE).is_file() for path in _visible(folder))


def find_splits(folder: Path) -> Splits:
    """Raises DatasetUnavailable where there is none or the layout is not clear."""
    if (folder / STATE).is_file():
        raise DatasetUnavailable(
            f"{folder} holds one Dataset; a run needs a split to train on and one to be measured "
            "on: save dataset.train_test_split(0.1), a DatasetDict"
        )
    splits = _saved(folder) if is_saved(folder) else _from_parquet(folder)
    if not splits:
        raise DatasetUnavailable(advice(folder))
    return splits


def advice(folder: Path) -> str:
    """What provides the files."""
    return (
        f"No files of Hugging Face's datasets in {folder}. Put them there as {LAYOUT}: "
        "dataset_dict.save_to_disk, or a copy of a repository's files."
    )


def _saved(folder: Path) -> Splits:
    splits = {}
    for path in sorted(_visible(folder)):
        state = path / STATE
        if state.is_file():
            try:
                listed = json.loads(state.read_text("utf-8"))["_data_files"]
                splits[path.name] = [path / Path(file["filename"]).name for file in listed]
            except (OSError, ValueError, KeyError, TypeError) as error:
                raise DatasetUnavailable(
                    f"{state} is damaged ({type(error).__name__}); save the data set again"
                ) from error
    return splits


def _from_parquet(folder: Path) -> Splits:
    splits: defaultdict[str, list[Path]] = defaultdict(list)
    parents = set()
    for path in sorted(_parquet(folder)):
        by_folder = NUMBER.fullmatch(path.stem) and path.parent != folder
        name = path.parent.name if by_folder else SHARD.sub("", path.stem)
        splits[name].append(path)
        parents.add((path.parent.parent if by_folder else path.parent).relative_to(folder))
    if len(parents) > 1:
        names = ", ".join(sorted(str(parent) for parent in parents))
        raise DatasetUnavailable(
            f"{folder} holds parquet files of several configurations ({names}); move one into a "
            "folder of its own"
        )
    return dict(splits)


def _parquet(folder: Path) -> Iterator[Path]:
    """In the folder and those directly in it; deeper would be a walk through every image folder."""
    for path in _visible(folder):
        if path.suffix == ".parquet":
            yield path
        elif path.is_dir():
            yield from (below for below in _visible(path) if below.suffix == ".parquet")


def _visible(folder: Path) -> list[Path]:
    try:
        return [path for path in folder.iterdir() if not is_hidden(path.name)]
    except OSError:  # absent, or not to be read by this user
        return []
