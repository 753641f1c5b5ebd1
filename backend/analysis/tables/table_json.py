"""A table with all that is said about it as JSON, in the metric's own unit."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.analysis.names import key_words
from backend.analysis.tables.conclusion import Conclusion
from backend.analysis.tables.paper_table import Cell
from backend.analysis.tables.significance import Difference
from backend.analysis.tables.verdicts import Verdict
from backend.schemas.tables import (
    ResultTable,
    TableCell,
    TableKey,
    TableVerdict,
    TestedDifference,
)


def table_json(concluded: Conclusion) -> ResultTable:
    """Of the API; pages and reports show the same in words."""
    table = concluded.table
    return {
        "metric": table.metric,
        "which": table.which,
        "eval_on": list(table.eval_on),
        "caveats": list(table.caveats),
        "rows": _axis(table.row_paths, table.row_keys),
        "columns": _axis(table.column_paths, table.column_keys),
        "cells": [[_cell(cell) for cell in cells] for cells in table.cells],
        "baseline": concluded.baseline,
        "verdicts": [_verdict(verdict) for verdict in concluded.verdicts],
        "improvements": [
            {"column": one.column, "rows": one.rows, "mean": one.mean}
            for one in concluded.improvements
        ],
        "warnings": concluded.warnings,
    }


def _cell(cell: Cell) -> TableCell:
    paper = cell.published
    return {
        "mean": cell.mean,
        "std": cell.std,
        "n": cell.n,
        "best": cell.best,
        "values": list(cell.values),
        "runs": list(cell.run_ids),
        "published": {"top1": paper.top1, "source": paper.source} if paper else None,
    }


def _verdict(verdict: Verdict) -> TableVerdict:
    return {
        "row": verdict.row,
        "column": verdict.column,
        "n": verdict.n,
        "n_baseline": verdict.n_baseline,
        "pairs": verdict.pairs,
        "difference": verdict.difference,
        "welch": _difference(verdict.welch),
        "paired": _difference(verdict.paired),
        "welch_p": verdict.welch_p,
        "paired_p": verdict.paired_p,
        "sentence": verdict.sentence,
        "sure": verdict.sure,
    }


def _difference(tested: Difference | None) -> TestedDifference | None:
    if tested is None:
        return None
    return {"value": tested.value, "low": tested.low, "high": tested.high, "p": tested.p}


def _axis(paths: Sequence[str], keys: Sequence[Sequence[Any]]) -> list[TableKey]:
    return [
        {"fields": dict(zip(paths, key, strict=True)), "title": key_words(paths, key)}
        for key in keys
    ]
