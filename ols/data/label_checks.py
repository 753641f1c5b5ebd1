"""Whether labels from elsewhere are of these images: else a run would train on nonsense."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ols.data.dataset import Dataset
from ols.errors import DatasetUnavailable

LEAST_AGREEMENT = 0.05  # beyond chance


def check_labels(
    labels: NDArray[np.int64], data: Dataset, where: str, least: float = LEAST_AGREEMENT
) -> None:
    """Raises DatasetUnavailable unless `labels` can be those of the data's whole training part."""
    if not len(labels):
        raise DatasetUnavailable(f"{where}: there is no label in it")
    if len(labels) != data.whole_train:
        raise DatasetUnavailable(
            f"{where}: {len(labels):,} labels, but {data.name} has {data.whole_train:,} training "
            "images"
        )
    check_range(labels, data, where)
    true = data.train.labels.numpy()
    given = labels[data.train_numbers.numpy()]
    if agreement(given, true) < least:
        raise DatasetUnavailable(
            f"{where}: {(given == true).mean():.1%} of the labels agree with the data set's own, "
            "which is hardly more than by chance: they seem to be in another order"
        )


def check_range(labels: NDArray[np.int64], data: Dataset, where: str) -> None:
    """Raises DatasetUnavailable for a label that is no class."""
    wrong = np.flatnonzero((labels < 0) | (labels >= len(data.classes)))
    if len(wrong):
        raise DatasetUnavailable(
            f"{where}: label {labels[wrong[0]]} of number {wrong[0]} is no class; there are "
            f"{len(data.classes)}, from 0 to {len(data.classes) - 1}"
        )


def agreement(labels: NDArray[np.int64], true: NDArray[np.int64]) -> float:
    """Cohen's kappa: how far two labellings agree beyond chance. 1 at most, about 0 by chance.

    A plain share would let another order pass: of ten classes a tenth agrees anyway.
    """
    raw = float((labels == true).mean())
    classes = int(max(labels.max(), true.max())) + 1
    shares = [np.bincount(each, minlength=classes) / len(each) for each in (labels, true)]
    chance = float(shares[0] @ shares[1])
    return (raw - chance) / (1 - chance) if chance < 1 else raw
