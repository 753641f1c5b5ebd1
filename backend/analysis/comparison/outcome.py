"""What came out of an experiment: a sentence, curves of means, each seed as a dot, the table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.analysis.comparison.axes import axes_of
from backend.analysis.comparison.dots import DotPlot, dot_plot
from backend.analysis.comparison.figures.curves import CurveStyle, curves_figure
from backend.analysis.comparison.settings import Group, settings
from backend.analysis.figures.figure import Figure
from backend.analysis.tables import export
from backend.analysis.tables.conclusion import Conclusion, conclude
from backend.analysis.tables.paper_table import paper_table
from backend.schemas.compare import Comparison
from backend.schemas.runs import RunDetail
from backend.store.compare import compare
from ols.spec.metrics import ACCURACY, shown

MOST_SAID = 3  # sentences


@dataclass(frozen=True)
class Outcome:
    """Of the first runs of an experiment; `sentences` begin with the surest."""

    sentences: list[str]
    unsure: int  # comparisons that are not said
    curves: Figure
    dots: DotPlot | None
    latex: str
    seeds: list[tuple[Group, list[RunDetail]]]


def outcome(session: Session, run_ids: Sequence[int]) -> Outcome | None:
    """None before any of them has a result."""
    if not run_ids:
        return None
    names = [each.name for each in shown("compare")]
    comparison = compare(session, run_ids, names=names)
    runs = comparison["runs"]
    if not any(ACCURACY in run["summary"] for run in runs):
        return None
    groups = settings(runs)
    concluded = _concluded(comparison)
    sentences = _sentences(concluded)
    return Outcome(
        sentences=sentences[:MOST_SAID],
        unsure=max(0, len(sentences) - MOST_SAID),
        curves=curves_figure(comparison, groups, CurveStyle()),
        dots=dot_plot(runs, groups, ACCURACY),
        latex=export.latex(concluded.table),
        seeds=[(group, [runs[place] for place in group.places]) for group in groups],
    )


def _concluded(comparison: Comparison) -> Conclusion:
    rows, columns = axes_of(comparison)
    return conclude(paper_table(comparison["runs"], rows=rows, columns=columns, metric=ACCURACY))


def _sentences(concluded: Conclusion) -> list[str]:
    """The significant ones first, then those of the largest difference."""
    judged = sorted(concluded.verdicts, key=lambda one: (not one.sure, -abs(one.difference)))
    return [verdict.sentence for verdict in judged]
