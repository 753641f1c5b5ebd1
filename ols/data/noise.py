"""Label noise: an exact share of the training labels, drawn once from the seed, is wrong."""

from __future__ import annotations

import torch
from torch import Tensor

from ols.random_streams import random_stream
from ols.spec.parts.training_data import Noise


def corrupt_labels(labels: Tensor, num_classes: int, noise: Noise, seed: int) -> Tensor:
    """A copy of labels (N,) of which round(rate * N) are wrong.

    symmetric: a uniformly drawn other class. pair_flip: the next class, the last one's next
    being the first.
    """
    count = round(noise.rate * len(labels))
    if noise.kind == "none" or not count or num_classes < 2:
        return labels.clone()
    stream = random_stream(seed, "noise")
    corrupted = torch.from_numpy(stream.permutation(len(labels))[:count])
    # A step of 1 to K - 1 around the circle of classes is every other class, equally likely.
    steps = torch.ones(count, dtype=labels.dtype)
    if noise.kind == "symmetric":
        steps = torch.from_numpy(stream.integers(1, num_classes, size=count)).to(labels.dtype)
    noisy = labels.clone()
    noisy[corrupted] = (labels[corrupted] + steps) % num_classes
    return noisy
