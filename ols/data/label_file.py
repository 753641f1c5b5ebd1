"""Labels from a CSV of number,label: a line for each training sample that gets another one.

    number,label
    17,cat
    4711,3

Numbers count in the data set's whole training part; a label is a class's name or its number (a name
comes first). Samples without a line keep their labels. Further columns are passed over.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ols.data.dataset import Dataset
from ols.data.label_checks import check_labels
from ols.errors import DatasetUnavailable

COLUMNS = ("number", "label")


def file_labels(path: Path, data: Dataset) -> NDArray[np.int64]:
    """(numbers of the whole training part,) int64: the labels in the file, -1 for those it leaves.

    Raises DatasetUnavailable for a file that is absent, empty or no such CSV, a number or label
    that there is not, or labels that seem to be in another order.
    """
    if not path.is_file():
        raise DatasetUnavailable(f"{path} is not on this machine; put the CSV there")
    labels = np.full(data.whole_train, -1, np.int64)
    classes = {name: number for number, name in enumerate(data.classes)}
    for line, number, label in _rows(path):
        where = f"{path.name}, line {line}"
        place = _whole_number(number)
        if place is None or place >= len(labels):
            raise DatasetUnavailable(
                f"{where}: there is no training image {number[:40]!r}; their numbers go from 0 to "
                f"{len(labels) - 1:,}"
            )
        if labels[place] >= 0:
            raise DatasetUnavailable(f"{where}: number {place} has a label already")
        named = classes.get(label, _whole_number(label))
        if named is None or named >= len(classes):
            raise DatasetUnavailable(f"{where}: {label[:40]!r} is no class of {data.name}")
        labels[place] = named
    if (labels >= 0).all():  # of a few lines the agreement says nothing: they may be the wrong ones
        check_labels(labels, data, path.name)
    elif not (labels >= 0).any():
        raise DatasetUnavailable(f"{path.name}: there is no label in it")
    return labels


def _rows(path: Path) -> Iterator[tuple[int, str, str]]:
    """Line, number and label; a first line without a header is read as the first label."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.reader(file)
            places = (0, 1)
            for row in reader:
                cells = [cell.strip() for cell in row]
                if reader.line_num == 1 and set(COLUMNS) <= set(cells):
                    places = cells.index("number"), cells.index("label")
                elif any(cells):
                    if len(cells) <= max(places):
                        raise DatasetUnavailable(
                            f"{path.name}, line {reader.line_num}: expected number,label"
                        )
                    yield reader.line_num, cells[places[0]], cells[places[1]]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DatasetUnavailable(f"{path.name} is no CSV of number,label: {error}") from error


def _whole_number(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
