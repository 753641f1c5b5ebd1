"""A data set that Hugging Face's `datasets` has saved: a DatasetDict's folder, or parquet files.

Read with pyarrow, whose formats they are: `datasets` would bring a dozen packages, pickle among
them, an import of a second and a cache of its own. Names of classes come from the features that it
writes into each file's schema. Images stay on disk, encoded as they are.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ols.data.dataset import Dataset
from ols.data.hf_files import NEEDED, Splits, find_splits, has_pyarrow
from ols.data.image_rows import SUFFIX, address, read_table
from ols.data.parquet_rows import as_arrow
from ols.data.reading import MEAN, STD, split_of
from ols.errors import DatasetUnavailable, OlsError
from ols.spec.datasets.hf_folder import HFFolder


def load(dataset: HFFolder, data_dir: Path) -> Dataset:
    if not has_pyarrow():
        raise DatasetUnavailable(NEEDED)
    folder = data_dir / dataset.folder
    splits = find_splits(folder)
    train, test = (
        _Rows.of(name, splits[name], folder, dataset) for name in _two_splits(splits, dataset)
    )
    classes = _classes(train, test)
    parts = [split_of(dataset, part.addresses, part.numbers(classes)) for part in (train, test)]
    return Dataset("hf_folder", classes, parts[0], parts[1], MEAN, STD)


def _two_splits(splits: Splits, dataset: HFFolder) -> tuple[str, str]:
    """Names of the splits to train on and to measure."""
    there = f"{dataset.folder} has the split{'s' * (len(splits) > 1)} {', '.join(splits)}"
    for field in ("train_split", "test_split"):
        name = getattr(dataset, field)
        if name and name not in splits:
            raise DatasetUnavailable(f"{there}, but no {name}: set dataset.{field}")
    others = [name for name in splits if name != dataset.train_split]
    if dataset.test_split:
        return dataset.train_split, dataset.test_split
    if not others:
        raise DatasetUnavailable(
            f"{there} only; a run is measured on another one: save "
            "dataset.train_test_split(0.1), a DatasetDict"
        )
    if len(others) > 1:
        raise DatasetUnavailable(f"{there}: say in dataset.test_split which one is measured")
    return dataset.train_split, others[0]


@dataclass(frozen=True)
class _Rows:
    """A split: the `addresses` of its images, and its labels as the file has them, numbers (N,) or
    names; `names` of the classes where the file says them."""

    split: str
    addresses: list[str]
    labels: NDArray[Any]
    names: tuple[str, ...] | None

    @classmethod
    def of(cls, split: str, files: Sequence[Path], folder: Path, dataset: HFFolder) -> _Rows:
        parts = [_read(file, folder, dataset) for file in files]
        if not sum(len(part.labels) for part in parts):
            raise DatasetUnavailable(f"the split {split} in {folder} has no rows")
        addresses = list(chain.from_iterable(part.addresses for part in parts))
        labels = np.concatenate([part.labels for part in parts])
        return cls(split, addresses, labels, parts[0].names)

    def numbers(self, classes: tuple[str, ...]) -> list[int]:
        """The label of each row as the number of its class."""
        if self.labels.dtype != object:
            high = int(self.labels.max())
            if high >= len(classes):
                row = self.addresses[int(self.labels.argmax())]
                raise DatasetUnavailable(
                    f"{row} has label {high}, but there are {len(classes)} classes, from 0"
                )
            numbers: list[int] = self.labels.tolist()
            return numbers
        places = {name: place for place, name in enumerate(classes)}
        return [places[name] for name in self.labels]


def _classes(train: _Rows, test: _Rows) -> tuple[str, ...]:
    if (train.names, train.labels.dtype) != (test.names, test.labels.dtype):
        raise DatasetUnavailable(
            f"the splits {train.split} and {test.split} name their classes differently"
        )
    if train.names is not None:
        return train.names
    known = set(train.labels.tolist())
    unknown = sorted(set(test.labels.tolist()) - known)
    if unknown:
        raise DatasetUnavailable(
            f"only the split {test.split} has the class {unknown[0]}"
            + (f" and {len(unknown) - 1} more" if len(unknown) > 1 else "")
        )
    if train.labels.dtype == object:
        return tuple(sorted(known))
    return tuple(map(str, range(max(known) + 1)))


def _read(file: Path, folder: Path, dataset: HFFolder) -> _Rows:
    image, label = dataset.image_column, dataset.label_column
    try:
        if file.suffix == SUFFIX:
            table = read_table(file)
            _refuse_missing(table.column_names, file, dataset)
        else:
            import pyarrow.parquet as pq

            _refuse_missing(pq.read_schema(file).names, file, dataset)
            file = as_arrow(file, folder, (image, label))
            table = read_table(file)
        _refuse_other_types(table.schema, file, dataset)
        labels = _labels(table[label], file, label)
        _refuse_empty(table[image], file, image)
        names = _names(table.schema, label)
    except OlsError:
        raise
    except (OSError, ValueError, LookupError, TypeError, AttributeError) as error:
        raise DatasetUnavailable(
            f"{file} is damaged or of another format ({error}); save it again"
        ) from error
    addresses = [address(file, image, row) for row in range(len(labels))]
    return _Rows(file.name, addresses, labels, names)


def _refuse_missing(columns: Sequence[str], file: Path, dataset: HFFolder) -> None:
    for field in ("image_column", "label_column"):
        if (name := getattr(dataset, field)) not in columns:
            raise DatasetUnavailable(
                f"{file} has no column {name}, but {', '.join(columns)}: set dataset.{field}"
            )


def _refuse_other_types(schema: Any, file: Path, dataset: HFFolder) -> None:
    import pyarrow.types as types

    image, label = (schema.field(n).type for n in (dataset.image_column, dataset.label_column))
    fields = {field.name for field in image} if types.is_struct(image) else set()
    if "bytes" not in fields and not (types.is_binary(image) or types.is_large_binary(image)):
        raise DatasetUnavailable(
            f"column {dataset.image_column} of {file} is of type {image}, which is no image: cast "
            "it to datasets.Image(), or set dataset.image_column"
        )
    values = label.value_type if types.is_dictionary(label) else label
    if not (types.is_integer(values) or types.is_string(values) or types.is_large_string(values)):
        raise DatasetUnavailable(
            f"column {dataset.label_column} of {file} is of type {label}; labels are whole numbers "
            "or names of classes: set dataset.label_column"
        )


def _labels(column: Any, file: Path, name: str) -> NDArray[Any]:
    """int64, or objects that are strings; (N,)."""
    import pyarrow.types as types

    nulls = np.flatnonzero(column.is_null().to_numpy())
    if len(nulls):
        raise DatasetUnavailable(
            f"{address(file, name, nulls[0])} is empty; {len(nulls):,} rows have no label: leave "
            "them out, or choose another split"
        )
    if not types.is_integer(column.type):
        return np.array(column.to_pylist(), object)
    labels: NDArray[np.int64] = column.to_numpy().astype(np.int64)
    withheld = np.flatnonzero(labels < 0)
    if len(withheld):
        raise DatasetUnavailable(
            f"{address(file, name, withheld[0])} is {labels[withheld[0]]}; {len(withheld):,} rows "
            f"have no label (a test split's are often withheld): choose another split"
        )
    return labels


def _refuse_empty(column: Any, file: Path, name: str) -> None:
    """Rows without the bytes of an image."""
    import pyarrow.compute as pc
    import pyarrow.types as types

    if types.is_struct(column.type):
        column = pc.struct_field(column, "bytes")
    nulls = np.flatnonzero(column.is_null().to_numpy())
    if len(nulls):
        raise DatasetUnavailable(
            f"{address(file, name, nulls[0])} holds no image but at most the path of one: "
            "save_to_disk, where the image files are, puts them in; to_parquet leaves them out"
        )


def _names(schema: Any, column: str) -> tuple[str, ...] | None:
    """A ClassLabel's, which `datasets` keeps in the schema."""
    stored = json.loads((schema.metadata or {}).get(b"huggingface", b"{}"))
    names = stored.get("info", {}).get("features", {}).get(column, {}).get("names")
    return None if names is None else tuple(map(str, names))
