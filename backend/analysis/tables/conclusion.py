"""A table with all that is said about it; the API, the page and the report show the same."""

from __future__ import annotations

from dataclasses import dataclass

from backend.analysis.tables.paper_table import Key, PaperTable
from backend.analysis.tables.verdicts import (
    Improvement,
    Verdict,
    baseline_column,
    improvements,
    verdicts,
    warnings,
)


@dataclass(frozen=True)
class Conclusion:
    """`baseline` is the number of a column; verdicts and improvements are against it."""

    table: PaperTable
    baseline: int
    verdicts: list[Verdict]
    improvements: list[Improvement]
    warnings: list[str]


def conclude(table: PaperTable, wanted: Key | None = None) -> Conclusion:
    """Against the column called `wanted`, else against hard labels."""
    baseline = baseline_column(table, wanted)
    return Conclusion(
        table,
        baseline,
        verdicts(table, baseline),
        improvements(table, baseline),
        warnings(table),
    )


def companion(metric: str) -> str | None:
    """What stands beside it: calibration beside accuracy, accuracy beside calibration."""
    split, _, rest = metric.partition("_")
    if split not in ("val", "test"):
        return None
    return f"{split}_top1" if rest.startswith("ece") else f"{split}_ece"
