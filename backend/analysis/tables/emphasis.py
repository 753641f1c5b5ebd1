"""Which results are bold: the best of a row and all that cannot be told from it, where some can.

A result that is not bold is significantly worse than the best one, or was not tested: a test needs
FEW_SEEDS of them. Where nothing is significantly worse, or there is one seed, nothing is bold.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from backend.analysis.tables.significance import ALPHA, FEW_SEEDS, holm, standard_error
from backend.analysis.tables.student import two_sided_p
from ols.spec.metrics import metric

WORDS = "Bold: the best of its {line} and what is not significantly different from it"


def explained(cells: str, *, marked: bool, line: str = "column") -> str:
    """What the cells hold, and what bold means where something is bold."""
    return f"{cells} {WORDS.format(line=line)}." if marked else cells


class Result(Protocol):
    """Mean of n runs, with the sample's deviation where there are two."""

    @property
    def mean(self) -> float | None: ...

    @property
    def std(self) -> float | None: ...

    @property
    def n(self) -> int: ...


R = TypeVar("R", bound=Result)


@dataclass(frozen=True)
class Sample:
    """A result of which no more is known."""

    mean: float | None
    std: float | None
    n: int


def welch_p(ours: Result, theirs: Result) -> float:
    """The two-sided p of Welch's t-test from means and deviations; both have two runs or more."""
    assert ours.mean is not None
    assert theirs.mean is not None
    assert ours.std is not None
    assert theirs.std is not None
    gap = ours.mean - theirs.mean
    a, b = ours.std**2 / ours.n, theirs.std**2 / theirs.n
    if a + b == 0:
        return 0.0 if gap else 1.0
    error, freedom = standard_error(a, ours.n, b, theirs.n)
    return two_sided_p(gap / error, freedom)


def bold(
    lines: Sequence[Sequence[R]], name: str, p_value: Callable[[R, R], float] = welch_p
) -> list[list[bool]]:
    """For each result of each line; `name` is the metric's. The p-values of all lines together are
    corrected after Holm."""
    tested = [_tested(line, name) for line in lines]
    p_values = [p_value(best, other) for best, others in tested if best for other in others]
    corrected = iter(holm(p_values))
    marked = []
    for line, (best, others) in zip(lines, tested, strict=True):
        p_of = {id(other): next(corrected) for other in others}
        told_apart = any(p < ALPHA for p in p_of.values())
        marked.append(
            [told_apart and (one is best or p_of.get(id(one), 0.0) >= ALPHA) for one in line]
        )
    return marked


def _tested(line: Sequence[R], name: str) -> tuple[R | None, list[R]]:
    """The best of those with enough seeds, and the other ones."""
    enough = [one for one in line if one.mean is not None and one.n >= FEW_SEEDS]
    best_mean = metric(name).best([one.mean for one in enough if one.mean is not None])
    best = next((one for one in enough if one.mean == best_mean), None)
    return best, [one for one in enough if one is not best] if best else []
