"""The labels that a run trains with: its noise, drawn from the seed or read from a file."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ols.data.dataset import AnySplit, Dataset
from ols.data.human_labels import human_labels
from ols.data.instance_noise import instance_labels
from ols.data.label_file import file_labels
from ols.data.noise import corrupt_labels, map_labels, numbered_map
from ols.spec.datasets.base import DatasetSpec
from ols.spec.parts.noise import FROM_FILE, Noise


class NoisyLabels:
    """The noise of a run on `data`; a file is read and checked here, once.

    Raises DatasetUnavailable for labels that are not here or do not fit, SpecError for a map of
    other classes.
    """

    def __init__(
        self, noise: Noise, dataset: DatasetSpec, data: Dataset, seed: int, data_dir: Path
    ) -> None:
        self._noise, self._data, self._seed = noise, data, seed
        self._map: dict[int, int] = {}
        self._given: NDArray[np.int64] | None = None  # of the whole training part
        if noise.kind == "asymmetric":
            self._map = numbered_map(noise.map or dataset.mistaken_for, data.classes)
        if noise.kind == "human":
            path = data_dir / (noise.file or dataset.human_file)
            self._given = human_labels(path, noise.labels, data)
        if noise.kind == "file":
            self._given = file_labels(data_dir / noise.file, data)

    def of(self, split: AnySplit, numbers: Tensor, *, held_out: bool = False) -> Tensor:
        """Labels (n,) as they are given to these training samples; `numbers` (n,): theirs in the
        whole training part."""
        noise, seed, num_classes = self._noise, self._seed, len(self._data.classes)
        if noise.kind in FROM_FILE:
            return self._from_file(split.labels, numbers)
        if noise.kind == "asymmetric":
            return map_labels(split.labels, self._map, noise.rate, seed, held_out=held_out)
        if noise.kind == "instance" and noise.rate and num_classes > 1:
            statistics = (self._data.mean, self._data.std)
            return instance_labels(
                split, num_classes, noise.rate, seed, statistics, held_out=held_out
            )
        return corrupt_labels(split.labels, num_classes, noise, seed, held_out=held_out)

    def _from_file(self, own: Tensor, numbers: Tensor) -> Tensor:
        assert self._given is not None
        given = torch.from_numpy(self._given[numbers.numpy()])
        return torch.where(given < 0, own, given)
