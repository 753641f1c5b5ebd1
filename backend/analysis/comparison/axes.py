"""Rows and columns of a comparison's table."""

from __future__ import annotations

from backend.analysis.tables.curves import REPEATS
from backend.schemas.compare import Comparison
from backend.store.spec_paths import tell_apart


def axes_of(comparison: Comparison) -> tuple[list[str], list[str]]:
    """Rows and columns that tell the settings apart: the method's fields across, the others down.

    A field that only some methods have, and all of them alike, tells nothing apart.
    """
    differ = [
        row["path"]
        for row in comparison["differences"]
        if row["path"].split(".")[0] not in REPEATS and tell_apart(row["values"])
    ]
    if "noise.rate" in differ:  # a clean run's kind is none
        differ = [path for path in differ if path != "noise.kind"]
    rows = [path for path in differ if not path.startswith("method.")]
    columns = [path for path in differ if path.startswith("method.") and path != "method.name"]
    return rows or ["dataset.name"], ["method.name", *columns]
