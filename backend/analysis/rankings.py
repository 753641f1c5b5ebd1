"""Audits in their orders by each score, remembered from one answer to the next.

An audit never changes under one version, and each answer about 50,000 samples would unpack its
columns and sort its scores again, 50 ms of work; so what was last asked for stays in memory, up to
REMEMBERED samples of all runs (130 bytes each).
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

from backend.analysis import audit as analysis
from backend.analysis.audit import Ranked, RunAudit

REMEMBERED = 500_000


class Rankings:
    """Runs that are audited together, by any score."""

    def __init__(self, audits: Sequence[RunAudit]) -> None:
        self.audits = audits
        self._ranked: dict[str, Ranked] = {}
        self._auroc: dict[str, float | None] = {}

    @property
    def size(self) -> int:
        """Samples of all runs."""
        return sum(len(audit.columns["number"]) for audit in self.audits)

    def by(self, score: str) -> Ranked:
        if score not in self._ranked:
            self._ranked[score] = analysis.ranked(self.audits, score)
        return self._ranked[score]

    def auroc(self, score: str) -> float | None:
        """None where the truth is not known."""
        if score not in self._auroc:
            self._auroc[score] = analysis.auroc(self.by(score))
        return self._auroc[score]


_rankings: OrderedDict[tuple[str, ...], Rankings] = OrderedDict()
_lock = threading.Lock()


def remembered(versions: tuple[str, ...], load: Callable[[], Sequence[RunAudit]]) -> Rankings:
    """Those of the audits of these versions; `load` gives the audits where they are not here."""
    with _lock:
        if versions in _rankings:
            _rankings.move_to_end(versions)
            return _rankings[versions]
    rankings = Rankings(load())
    with _lock:
        _rankings[versions] = rankings
        while _rankings and sum(each.size for each in _rankings.values()) > REMEMBERED:
            _rankings.popitem(last=False)
    return rankings
