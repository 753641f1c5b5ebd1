"""S^0, the soft labels of the first epoch, written and recognised without a second matrix K x K."""

from __future__ import annotations

from typing import Literal

import torch
from torch import Tensor

Initial = Literal["uniform", "zeros", "label_smoothing", "identity"]

CHUNK = 1024  # rows at once: 80 MB of 20,000 classes
_SMOOTHED = 0.1  # what label_smoothing takes from the target


def fill_initial(soft: Tensor, initial: Initial) -> None:
    """Writes S^0 into `soft` (K, K), in its own type and place."""
    for first in range(0, len(soft), CHUNK):
        rows = soft[first : first + CHUNK]
        rows.copy_(_rows(rows, first, initial))


def is_initial(soft: Tensor, initial: Initial) -> bool:
    """Whether `soft` (K, K) is S^0, to the bit; waits for the device."""
    chunks = ((first, soft[first : first + CHUNK]) for first in range(0, len(soft), CHUNK))
    return all(torch.equal(rows, _rows(rows, first, initial)) for first, rows in chunks)


def _rows(like: Tensor, first: int, initial: Initial) -> Tensor:
    """Rows of S^0 from `first` on, of this type, place and shape."""
    flat = torch.full_like(like, 1.0 / like.shape[1])
    if initial == "uniform":
        return flat
    if initial == "zeros":
        return flat.zero_()
    one_hot = torch.zeros_like(like)
    one_hot[:, first:].fill_diagonal_(1.0)
    return one_hot if initial == "identity" else flat.mul_(_SMOOTHED).add_(one_hot, alpha=0.9)
