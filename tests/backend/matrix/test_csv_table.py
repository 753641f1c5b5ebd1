from __future__ import annotations

import csv
import io

import numpy as np

from backend.matrix.csv_table import table


def read(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def test_names_stand_on_both_sides_and_survive_quoting():
    names = ['a, "b"', "c\nd"]
    values = np.array([[0.5, 1.25e-7], [0, 1]], np.float32)
    rows = read(table(values, names, names))
    assert rows[0] == ["", *names]
    assert [row[0] for row in rows[1:]] == names
    assert [[float(cell) for cell in row[1:]] for row in rows[1:]] == [[0.5, 1.25e-7], [0, 1]]


def test_counts_are_exact():
    text = table(np.array([[2**32 - 1]], np.uint32), ["1"], ["x"])
    assert read(text) == [["", "x"], ["1", "4294967295"]]


def test_no_name_is_a_formula():
    rows = read(table(np.zeros((1, 1), np.float32), ["=cmd()"], ["-1"]))
    assert rows == [["", "'-1"], ["'=cmd()", "0"]]
