"""The three classes with the largest sums of each sample, where all K would not fit.

A class that comes into a sample's three in an epoch in which it beats the least of them counts from
then on, so its sum is a lower bound; one that is among the three from the start has its own.
"""

from __future__ import annotations

import torch
from torch import Tensor

TOP = 3


class TopClasses:
    """Of N samples; -1 stands for no class yet."""

    def __init__(self, count: int, num_classes: int, device: torch.device) -> None:
        self._top = min(TOP, num_classes)
        # K may be 20,000, which int16 holds.
        self._classes = torch.full((count, self._top), -1, dtype=torch.int16, device=device)
        self._sums = torch.zeros(count, self._top, device=device)

    def add(self, at: Tensor, p: Tensor) -> None:
        """Adds p (B, K) of the samples `at` (B,), each of which stands there once."""
        classes, sums = self._classes.index_select(0, at).long(), self._sums.index_select(0, at)
        known = classes >= 0
        sums += torch.where(known, p.gather(1, classes.clamp(min=0)), 0.0)
        largest, new = p.topk(self._top, dim=1)
        there = (new.unsqueeze(2) == classes.unsqueeze(1)).any(2)  # (B, top)
        largest = largest.masked_fill(there, -1.0)
        sums = sums.masked_fill(~known, -1.0)
        both, names = torch.cat([sums, largest], 1), torch.cat([classes, new], 1)
        sums, places = both.topk(self._top, dim=1)
        self._sums[at] = sums.clamp(min=0)
        self._classes[at] = names.gather(1, places).to(torch.int16)

    def sorted(self) -> tuple[Tensor, Tensor]:
        """Classes (N, 3) int64 and their sums, the largest first."""
        sums, places = self._sums.sort(dim=1, descending=True, stable=True)
        return self._classes.long().gather(1, places), sums

    def state(self) -> dict[str, Tensor]:
        return {"classes": self._classes, "sums": self._sums}

    def restore(self, state: dict[str, Tensor]) -> None:
        self._classes.copy_(state["classes"])
        self._sums.copy_(state["sums"])
