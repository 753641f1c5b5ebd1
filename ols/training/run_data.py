"""A run's data: what it trains on, labels corrupted on purpose, and what it is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import torch
from torch import Tensor

from ols.data.batches import Normalise
from ols.data.dataset import AnySplit
from ols.data.loading import load_dataset
from ols.data.noise import corrupt_labels
from ols.data.splits import stratified_split
from ols.distributed.ranks import Ranks
from ols.spec.run_spec import RunSpec


@dataclass(frozen=True)
class RunData:
    """All on the run's device, files apart. `train.labels` are as trained on, with noise; the
    clean ones are `true_labels` (N,). `validation` is the test set or a share held out of the
    training set: `validation_numbers` (N,) are its samples' own numbers in that `validation_part`
    of the dataset. `notes`: sentences on what was skipped."""

    train: AnySplit
    true_labels: Tensor
    validation: AnySplit
    test: AnySplit
    normalise: Normalise
    classes: tuple[str, ...]
    channels: int
    size: int  # height and width in pixels
    validation_part: Literal["test", "train"]
    validation_numbers: Tensor
    notes: tuple[str, ...] = ()

    @property
    def corrupted(self) -> int:
        """How many training labels are wrong on purpose."""
        return int(self.train.labels.ne(self.true_labels).sum())

    def labels_by_class(self, *, corrupted: bool = False) -> tuple[int, ...]:
        """Training labels of each class as trained on; or only those of them that are wrong."""
        given = self.train.labels
        if corrupted:
            given = given[given.ne(self.true_labels)]
        return tuple(given.bincount(minlength=len(self.classes)).tolist())


def load_run_data(spec: RunSpec, data_dir: Path, device: torch.device, ranks: Ranks) -> RunData:
    """Raises DatasetUnavailable."""
    with ranks.first_before_others():
        data = load_dataset(spec.dataset, data_dir)
    part: Literal["test", "train"] = "test"
    train, validation = data.train, data.test
    numbers = torch.arange(len(data.test))
    if spec.eval_on == "holdout":
        kept, held_out = stratified_split(train.labels, spec.holdout, spec.seed)
        train, validation = train.select(kept), train.select(held_out)
        part, numbers = "train", held_out
    noisy = corrupt_labels(train.labels, len(data.classes), spec.noise, spec.seed)
    return RunData(
        train=train.with_labels(noisy).to(device),
        true_labels=train.labels.to(device),
        validation=validation.to(device),
        test=data.test.to(device),
        normalise=Normalise(data.mean, data.std, device),
        classes=data.classes,
        channels=data.channels,
        size=data.train.size,
        validation_part=part,
        validation_numbers=numbers,
        notes=data.notes,
    )
