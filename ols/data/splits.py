"""Seeded, stratified splits."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from ols.random_streams import random_stream


def stratified_split(labels: Tensor, share: float, seed: int) -> tuple[Tensor, Tensor]:
    """Indices (kept, held out), both ascending; `share` of every class is held out.

    At least one sample of a class stays on each side, so no class vanishes from training or from
    validation; a class of a single sample stays in training.
    """
    stream = random_stream(seed, "split")
    array = labels.cpu().numpy()
    held_out = np.zeros(len(array), dtype=bool)
    for label in np.unique(array):
        members = stream.permutation(np.flatnonzero(array == label))
        count = min(max(round(share * len(members)), 1), len(members) - 1)
        held_out[members[:count]] = True
    return torch.from_numpy(np.flatnonzero(~held_out)), torch.from_numpy(np.flatnonzero(held_out))
