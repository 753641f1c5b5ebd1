"""What is concluded from audits: who is suspicious, by one run or several, and how well that holds.

Several runs of one dataset are audited together by their ranks: each sample's places in the runs'
orders, as shares of their lengths, are averaged over the runs that trained on it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, TypeAlias

from backend.core import late_numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

DEPTHS = (10, 50, 100, 200, 500, 1_000, 2_000, 5_000)
BINS = 60

Numbers: TypeAlias = "NDArray[np.integer]"
Columns: TypeAlias = "Mapping[str, NDArray[np.generic]]"


@dataclass(frozen=True)
class RunAudit:
    """One run's columns (N,) and the cuts of its scores."""

    columns: Columns
    cuts: Mapping[str, float | None]


@dataclass(frozen=True)
class Ranked:
    """Samples by one score. `order` (N,): places in `columns`, the most suspicious first; `values`
    (N,) higher is more suspicious. `agreement` (N,): how many runs have a sample above their cut,
    None of one run."""

    columns: Columns
    values: NDArray[np.floating]
    order: Numbers
    cut: float | None
    agreement: Numbers | None = None

    @property
    def wrong(self) -> NDArray[np.bool_] | None:
        """(N,) where the truth is known."""
        if "true" not in self.columns:
            return None
        return np.asarray(self.columns["true"] != self.columns["given"])


def ranked(audits: Sequence[RunAudit], score: str) -> Ranked:
    """By a score that all audits have."""
    from ols.measures.label_audit import ranking  # with NumPy: not at the head

    first = audits[0]
    if len(audits) == 1:
        values = np.asarray(first.columns[score], np.float64)
        return Ranked(first.columns, values, ranking(values), first.cuts.get(score))
    return _together(audits, score)


def _together(audits: Sequence[RunAudit], score: str) -> Ranked:
    """Samples that all runs trained on with the same label; the rest would be other questions."""
    from ols.measures.label_audit import ranking

    numbers = reduce(np.intersect1d, [audit.columns["number"] for audit in audits])
    places = [_places(audit.columns["number"], numbers) for audit in audits]
    given = [audit.columns["given"][at] for audit, at in zip(audits, places, strict=True)]
    same = np.logical_and.reduce([each == given[0] for each in given])
    places = [at[same] for at in places]
    share = np.zeros(int(same.sum()))
    above = np.zeros(len(share), np.int64)
    for audit, at in zip(audits, places, strict=True):
        values = np.asarray(audit.columns[score], np.float64)
        rank = np.empty(len(values))
        rank[ranking(values)] = np.arange(len(values)) / len(values)
        share += rank[at] / len(audits)
        cut = audit.cuts.get(score)
        above += values[at] > (np.inf if cut is None else cut)
    columns = {name: column[places[0]] for name, column in audits[0].columns.items()}
    values = 1 - share
    flagged = above * 2 > len(audits)  # by most of them
    cut = float(np.sort(values)[-int(flagged.sum())]) if flagged.any() else None
    return Ranked(columns, values, ranking(values), cut, above)


def _places(numbers: NDArray[np.generic], wanted: NDArray[np.generic]) -> Numbers:
    """Where each of `wanted` stands in `numbers`, which has all of them."""
    order = np.argsort(numbers)
    return order[np.searchsorted(numbers[order], wanted)]


def precision_at(by_score: Ranked, depths: Sequence[int] = DEPTHS) -> dict[int, float]:
    """Share of the first n that are wrong, at each depth and at the true number of wrong labels."""
    hits = _hits(by_score)
    return {n: float(hits[n - 1]) / n for n in _depths(hits, depths)}


def recall_at(by_score: Ranked, depths: Sequence[int] = DEPTHS) -> dict[int, float]:
    """Share of the wrong labels that stand among the first n."""
    hits = _hits(by_score)
    return {n: float(hits[n - 1]) / max(int(hits[-1]), 1) for n in _depths(hits, depths)}


def auroc(by_score: Ranked) -> float | None:
    """The probability that a wrong label is more suspicious than a right one, ties half."""
    wrong = by_score.wrong
    if wrong is None or not 0 < wrong.sum() < len(wrong):
        return None
    values = np.nan_to_num(by_score.values, nan=-np.inf)
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[places]
    positives = int(wrong.sum())
    above = ranks[wrong].sum() - positives * (positives + 1) / 2
    return float(above / (positives * (len(wrong) - positives)))


def histogram(by_score: Ranked) -> tuple[list[float], list[int], list[int] | None]:
    """Edges, counts and, where known, how many of each bin are wrong. The outermost half percent
    on either side falls into the last bins, or a single outlier would squeeze all others."""
    values = by_score.values[np.isfinite(by_score.values)]
    if not len(values):
        return [0.0, 1.0], [0], None if by_score.wrong is None else [0]
    low, high = np.quantile(values, [0.005, 0.995])
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    counts = np.histogram(values.clip(edges[0], edges[-1]), edges)[0]
    wrong = by_score.wrong
    if wrong is None:
        return edges.tolist(), counts.tolist(), None
    errors = by_score.values[wrong & np.isfinite(by_score.values)]
    among = np.histogram(errors.clip(edges[0], edges[-1]), edges)[0]
    return edges.tolist(), counts.tolist(), among.tolist()


def pairs(by_score: Ranked, most: int = 100) -> list[tuple[int, int, int]]:
    """Given and suggested class of the samples above the cut, with their number; most first."""
    above = np.nan_to_num(by_score.values, nan=-np.inf) > (
        np.inf if by_score.cut is None else by_score.cut
    )
    given, suggested = (by_score.columns[name][above] for name in ("given", "suggested"))
    size = int(suggested.max(initial=0)) + 1
    cells, counts = np.unique(given.astype(np.int64) * size + suggested, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:most]
    return [(*divmod(int(cells[i]), size), int(counts[i])) for i in order]


def _hits(by_score: Ranked) -> Numbers:
    wrong = by_score.wrong
    assert wrong is not None
    return np.cumsum(wrong[by_score.order])


def _depths(hits: Numbers, depths: Sequence[int]) -> list[int]:
    wanted = {*depths, int(hits[-1]) if len(hits) else 0}
    return sorted(n for n in wanted if 0 < n <= len(hits))
