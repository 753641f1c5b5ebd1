"""Label noise that depends on the image (Xia et al., NeurIPS 2020, arXiv 2006.07836, Algorithm 2).

    q_n ~ N(rate, 0.1^2) within [0, 1]          how probably sample n is wrong
    W_y ~ N(0, 1), (S, K) for each class y      which way images of class y go wrong
    p   = softmax over k != y of x_n W_y        of an image x_n of S numbers
    label: y with 1 - q_n, class k with q_n p_k

As in the authors' code (xiaoboxia/Part-dependent-label-noise, tools.py), whose x_n are bytes; here
they are pixels normalised as the network gets them, photographs at 32 x 32. Either way projections
are so large that one class gets nearly all of p. Drawn in float64, so that rounding, which depends
on threads, moves no label.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ols.data.dataset import AnySplit, FileSplit, Statistics
from ols.data.image_reading import read_image
from ols.random_streams import random_stream

DEVIATION = 0.1
PHOTOGRAPH = 32  # pixels a side
CHUNK = 2_000  # samples whose pixels are held at once

Array = NDArray[np.float64]


def instance_labels(
    split: AnySplit,
    num_classes: int,
    rate: float,
    seed: int,
    normalise: Statistics,
    *,
    held_out: bool = False,
) -> Tensor:
    """Labels (N,) of a split, wrong by the equations above; `normalise`: mean and deviation of each
    channel. A holdout is wrong by the same W and draws of its own."""
    labels = split.labels.numpy()
    draws = random_stream(seed, "holdout_noise" if held_out else "noise")
    rates = truncated_normal(draws, rate, len(labels))
    chances = draws.random(len(labels))
    noisy = labels.copy()
    for label in np.unique(labels):  # one W_y at a time: of 1,000 classes all would be 25 GB
        members = np.flatnonzero(labels == label)
        stream = random_stream(seed, "noise_directions", int(label))
        directions: Array | None = None
        for places in np.array_split(members, -(-len(members) // CHUNK)):
            pixels = _pixels(split, places, normalise)
            if directions is None:
                directions = stream.standard_normal((pixels.shape[1], num_classes))
            p = wrong_probabilities(pixels @ directions, label)
            noisy[places] = _drawn(p, label, rates[places], chances[places])
    return torch.from_numpy(noisy)


def truncated_normal(stream: np.random.Generator, mean: float, count: int) -> Array:
    """(count,) of N(mean, 0.1^2), those outside [0, 1] drawn again."""
    values = stream.normal(mean, DEVIATION, count)
    while len(outside := np.flatnonzero((values < 0) | (values > 1))):
        values[outside] = stream.normal(mean, DEVIATION, len(outside))
    return values


def wrong_probabilities(projections: Array, label: int) -> Array:
    """(n, K): softmax of projections (n, K) over all classes but `label`, which gets 0."""
    scores = projections.copy()
    scores[:, label] = -np.inf
    scores = np.exp(scores - scores.max(axis=1, keepdims=True))
    return scores / scores.sum(axis=1, keepdims=True)


def _drawn(p: Array, label: int, rates: Array, chances: Array) -> NDArray[np.int64]:
    """Each sample's label: `chances` (n,) in [0, 1) decide."""
    edges = rates[:, None] * np.cumsum(p, axis=1)  # (n, K); beyond the last the label stays
    wrong = np.minimum((chances[:, None] >= edges).sum(axis=1), p.shape[1] - 1)
    return np.where(chances < edges[:, -1], wrong, label)


def _pixels(split: AnySplit, places: NDArray[np.int64], normalise: Statistics) -> Array:
    """(n, S) normalised, of all channels."""
    if isinstance(split, FileSplit):
        images = np.stack([*_thumbnails(split, places)])
    else:
        images = split.images[torch.from_numpy(places)].numpy()
    mean, std = (np.asarray(values)[:, None, None] for values in normalise)
    return ((images / 255 - mean) / np.maximum(std, 1e-6)).reshape(len(places), -1)


def _thumbnails(split: FileSplit, places: NDArray[np.int64]) -> Iterator[NDArray[np.uint8]]:
    for place in places:
        image = read_image(split.paths[place], reduced_to=PHOTOGRAPH)
        yield np.asarray(image.resize((PHOTOGRAPH, PHOTOGRAPH))).transpose(2, 0, 1)
