"""S^0, the soft labels of the first epoch, written and recognised without a second matrix K x K."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Initial = Literal["uniform", "zeros", "label_smoothing", "identity"]

CHUNK = 1024  # rows at once: 80 MB of 20,000 classes
SMOOTHED = 0.1  # what label_smoothing takes from the target


def fill_initial(soft: Tensor, initial: Initial) -> None:
    """Writes S^0 into `soft` (K, K), in its own type and place."""
    _write(soft, 0, initial)


def is_initial(soft: Tensor, initial: Initial) -> bool:
    """Whether `soft` (K, K) is S^0, to the bit; waits for the device."""
    for first in range(0, len(soft), CHUNK):
        rows = soft[first : first + CHUNK]
        if not torch.equal(rows, _write(torch.empty_like(rows), first, initial)):
            return False
    return True


def _write(rows: Tensor, first: int, initial: Initial) -> Tensor:
    """Fills `rows`, which are those of S^0 from `first` on."""
    flat = 0.0 if initial in ("zeros", "identity") else 1.0 / rows.shape[1]
    target = {"uniform": 0.0, "zeros": 0.0, "identity": 1.0, "label_smoothing": 1 - SMOOTHED}
    rows.fill_(SMOOTHED * flat if initial == "label_smoothing" else flat)
    if target[initial]:
        rows[:, first:].diagonal().add_(target[initial])
    return rows
