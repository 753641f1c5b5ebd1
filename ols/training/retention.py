"""Which of a run's checkpoints are kept. Nothing here imports torch."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Retention:
    """The last ones, from which a run resumes; also the best epoch's and every n-th."""

    last: int = 2  # at least 1; with 2 a damaged newest falls back to the one before
    best: bool = True  # of the highest validation top-1
    every: int = 0  # epochs; 0: none but the others

    def __post_init__(self) -> None:
        if self.last < 1 or self.every < 0:
            raise ValueError(f"keep at least the last checkpoint, and every n >= 0: {self}")

    def kept(self, epochs: Iterable[int], best_epoch: int = 0) -> set[int]:
        """Those of `epochs` to keep; `best_epoch` 0: not known."""
        there = sorted(epochs)
        wanted = set(there[-self.last :])
        if self.best:
            wanted.add(best_epoch)
        if self.every:
            wanted |= {epoch for epoch in there if epoch % self.every == 0}
        return wanted & set(there)
