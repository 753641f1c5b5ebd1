"""Validation images of the most confused pairs of classes.

An epoch's report names a few images of each pair; each picture is sent once, a few per epoch, so
that they cost an epoch next to nothing.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ols.training.epoch_report import ConfusedPairs
from ols.training.run_data import RunData
from ols.training.samples import picture

EXAMPLES = 3  # images of a pair
LEAST_PAIRS = 50  # pairs named, if there are so many; with many classes two per class
NEW_PICTURES = 24  # an epoch: 2 ms of small images, 0.1 s of photographs


class ConfusedImages:
    """Remembers which pictures this process has told of. `drawn`: whether it draws any at all."""

    def __init__(self, data: RunData, *, drawn: bool = True) -> None:
        self._data = data
        self._labels = data.validation.labels.cpu().numpy()
        self._numbers = data.validation_numbers.cpu().numpy()
        self._drawn = drawn
        self._told: set[int] = set()

    def of_epoch(self, predicted: NDArray[np.int64]) -> ConfusedPairs:
        """`predicted` (N,): the class predicted for each image of the validation split."""
        pairs = confused_pairs(self._labels, predicted, len(self._data.classes))
        places = pairs[:, 2:]
        pictures = self._draw(places) if self._drawn else {}
        named = np.where(places < 0, -1, self._numbers[places]).astype(np.int32)
        return ConfusedPairs(self._data.validation_part, np.hstack([pairs[:, :2], named]), pictures)

    def _draw(self, places: NDArray[np.int32]) -> dict[int, bytes]:
        """Of the images not told of yet some: each pair's first, strongest pair first."""
        new = [at for at in dict.fromkeys(places.T.flatten().tolist()) if at >= 0]
        new = [at for at in new if at not in self._told][:NEW_PICTURES]
        self._told.update(new)
        return {int(self._numbers[at]): picture(self._data.validation, at) for at in new}


def confused_pairs(
    labels: NDArray[np.int64], predicted: NDArray[np.int64], num_classes: int
) -> NDArray[np.int32]:
    """The most confused pairs, (pairs, 2 + EXAMPLES): the true class, what it was taken for, and
    the first samples of which that is so, -1 where there are fewer. Most samples first, then by
    class."""
    wrong = np.flatnonzero(labels != predicted)
    cells = labels[wrong] * num_classes + predicted[wrong]
    wrong = wrong[np.argsort(cells, kind="stable")]
    cells, counts = np.unique(cells, return_counts=True)
    starts = np.cumsum(counts) - counts
    strongest = np.lexsort((cells, -counts))[: max(LEAST_PAIRS, 2 * num_classes)]
    pairs = np.full((len(strongest), 2 + EXAMPLES), -1, np.int32)
    pairs[:, 0], pairs[:, 1] = np.divmod(cells[strongest], num_classes)
    for place in range(EXAMPLES):
        there = counts[strongest] > place
        pairs[there, 2 + place] = wrong[starts[strongest][there] + place]
    return pairs
