"""A matrix as CSV, with names on both sides."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from backend.core.spreadsheets import safe_cell
from backend.matrix.frames import Values


def table(values: Values, rows: Sequence[str], columns: Sequence[str]) -> str:
    """Counts as integers, probabilities with six digits: more than a frame's codec keeps.

    A name that a spreadsheet would take for a formula gets an apostrophe before it.
    """
    form = "%d" if values.dtype.kind == "u" else "%.6g"
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(["", *map(safe_cell, columns)])
    for name, row in zip(rows, values, strict=True):
        writer.writerow([safe_cell(name), *(form % value for value in row)])
    return buffer.getvalue()
