"""Label noise that looks at labels alone: drawn once from the seed, and exact in number.

ols.data.noisy_labels has all kinds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import torch
from torch import Tensor

from ols.errors import FieldError, SpecError
from ols.random_streams import random_stream
from ols.spec.parts.noise import Noise


def corrupt_labels(
    labels: Tensor, num_classes: int, noise: Noise, seed: int, *, held_out: bool = False
) -> Tensor:
    """A copy of labels (N,) of which round(rate * N) are wrong.

    symmetric: a uniformly drawn other class. pair_flip: the next class, the last one's next
    being the first. `held_out`: of the holdout, with draws of its own.
    """
    count = round(noise.rate * len(labels))
    if noise.kind == "none" or not count or num_classes < 2:
        return labels.clone()
    stream = random_stream(seed, "holdout_noise" if held_out else "noise")
    corrupted = torch.from_numpy(stream.permutation(len(labels))[:count])
    # A step of 1 to K - 1 around the circle of classes is every other class, equally likely.
    steps = torch.ones(count, dtype=labels.dtype)
    if noise.kind == "symmetric":
        steps = torch.from_numpy(stream.integers(1, num_classes, size=count)).to(labels.dtype)
    noisy = labels.clone()
    noisy[corrupted] = (labels[corrupted] + steps) % num_classes
    return noisy


def map_labels(
    labels: Tensor, becomes: Mapping[int, int], rate: float, seed: int, *, held_out: bool = False
) -> Tensor:
    """A copy of labels (N,): of the n of each class in the map, round(rate * n) become what it
    says."""
    stream = random_stream(seed, "holdout_noise" if held_out else "noise")
    noisy = labels.clone()
    for label, other in sorted(becomes.items()):
        members = stream.permutation(np.flatnonzero(labels.numpy() == label))
        noisy[torch.from_numpy(members[: round(rate * len(members))])] = other
    return noisy


def numbered_map(names: Mapping[str, str], classes: Sequence[str]) -> dict[int, int]:
    """A map of names as one of numbers; raises SpecError for what is no class of the dataset."""
    numbers = {name: number for number, name in enumerate(classes)}
    for name in (*names, *names.values()):
        if name not in numbers:
            shown = ", ".join(classes[:10]) + (", ..." if len(classes) > 10 else "")
            message = f"{name!r} is no class of the dataset; its classes are {shown}"
            raise SpecError([FieldError("noise.map", message)])
    return {numbers[name]: numbers[other] for name, other in names.items()}
