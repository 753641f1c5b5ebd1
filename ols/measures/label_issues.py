"""Audited samples as cleanlab's tables have them: which labels are issues, and how good each is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from numpy.typing import NDArray


class LabelIssue(NamedTuple):
    """`place` in the audit's columns; `score` is cleanlab's label score, 1: surely right."""

    place: int
    number: int
    given: int
    predicted: int
    is_issue: bool
    score: float


def label_issues(
    columns: Mapping[str, NDArray[Any]],
    values: NDArray[Any],
    order: NDArray[Any],
    cut: float,
) -> Iterator[LabelIssue]:
    """All samples in this order, the most suspicious first; an issue is one whose value (N,) lies
    above the cut, and only then the suggested class is the predicted one."""
    for rank, place in enumerate(order.tolist()):
        given, suggested = int(columns["given"][place]), int(columns["suggested"][place])
        issue = bool(values[place] > cut)
        predicted = suggested if issue else given
        number = int(columns["number"][place])
        yield LabelIssue(place, number, given, predicted, issue, round(rank / len(order), 6))
