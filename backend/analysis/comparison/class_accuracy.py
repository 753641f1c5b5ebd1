"""Accuracy of each class under two settings, from their runs' last confusion matrices."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from backend.analysis.comparison.settings import Group
from backend.schemas.runs import RunDetail
from backend.store import compare_last_epoch


@dataclass(frozen=True)
class Classes:
    """`ours[c]` and `base[c]` are means over the runs of a setting, fractions."""

    names: list[str]
    ours: list[float]
    base: list[float]


def classes(
    session: Session, runs: Sequence[RunDetail], ours: Group, base: Group
) -> Classes | None:
    """None where the two have different classes, or one has no confusion matrix."""
    names = runs[ours.places[0]]["classes"]
    if not names or runs[base.places[0]]["classes"] != names:
        return None
    both = [
        compare_last_epoch.class_accuracies(session, [runs[place]["id"] for place in group.places])
        for group in (ours, base)
    ]
    if both[0] is None or both[1] is None or not len(both[0]) == len(both[1]) == len(names):
        return None
    return Classes(list(names), both[0], both[1])
