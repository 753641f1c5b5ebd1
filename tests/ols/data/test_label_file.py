"""Labels from a CSV: by number and name, and refused in words where they do not fit."""

from __future__ import annotations

import numpy as np
import pytest

from ols.data.dataset import from_arrays
from ols.data.label_file import file_labels
from ols.errors import DatasetUnavailable

TRUE = np.arange(60) % 3


@pytest.fixture
def data():
    images = np.zeros((60, 4, 4), np.uint8)
    return from_arrays("made", ("cat", "dog", "0"), (images, TRUE), (images, TRUE))


@pytest.fixture
def read(tmp_path, data):
    def labels(text, encoding="utf-8"):
        (tmp_path / "labels.csv").write_bytes(text.encode(encoding))
        return file_labels(tmp_path / "labels.csv", data)

    return labels


def test_lines_replace_labels_and_the_others_stay(read):
    labels = read("number,label\n7,dog\n3,1\n5,0\n\n")
    assert {n: int(labels[n]) for n in (7, 3, 5)} == {7: 1, 3: 1, 5: 2}  # a name comes first
    assert (np.delete(labels, [7, 3, 5]) == -1).all()


def test_no_header_further_columns_and_windows_files_are_read_alike(read):
    wanted = read("number,label\n7,dog\n3,cat\n").tolist()
    assert read("7,dog\n3,cat").tolist() == wanted
    assert read("score,label,number\r\n0.5,dog,7\r\n0.1,cat,3\r\n").tolist() == wanted
    assert read("\ufeffnumber,label\n7,dog\n3,cat\n").tolist() == wanted


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "there is no label in it"),
        ("number,label\n", "there is no label in it"),
        ("number,label\n60,cat\n", "line 2: there is no training image '60'.*0 to 59"),
        ("number,label\n-1,cat\n", "no training image '-1'"),
        ("number,label\n1.5,cat\n", "no training image '1.5'"),
        ("number,label\n1,cow\n", "line 2: 'cow' is no class of made"),
        ("number,label\n1,3\n", "'3' is no class"),
        ("number,label\n1,cat\n1,dog\n", "line 3: number 1 has a label already"),
        ("number,label\n1\n", "line 2: expected number,label"),
        ("\n".join(f"{n},{(n + 1) % 2}" for n in range(60)), "another order"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(read, text, said):
    with pytest.raises(DatasetUnavailable, match=said):
        read(text)


def test_a_file_that_is_no_text_is_refused(read, tmp_path, data):
    with pytest.raises(DatasetUnavailable, match="no CSV"):
        read("1,ü\n", "latin-1")
    with pytest.raises(DatasetUnavailable, match="not on this machine"):
        file_labels(tmp_path / "absent.csv", data)
