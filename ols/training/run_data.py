"""A run's data: what it trains on, labels corrupted on purpose, and what it is measured on."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ols.data.batches import Normalise
from ols.data.dataset import AnySplit
from ols.data.decided_labels import Decisions, decide
from ols.data.fingerprint import fingerprint
from ols.data.loading import load_dataset
from ols.data.noisy_labels import NoisyLabels
from ols.data.splits import stratified_split
from ols.distributed.ranks import Ranks
from ols.spec.run_spec import RunSpec


@dataclass(frozen=True)
class RunData:
    """All on the run's device, files apart. `train.labels` are as trained on, with noise; the
    clean ones are `true_labels` (N,). `validation` is the test set or a share held out of the
    training set: `validation_numbers` (N,) are its samples' own numbers in that `validation_part`
    of the dataset. `train_numbers` (N,) are the training samples' in the dataset's whole training
    part. `notes`: sentences on what was skipped."""

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
    train_numbers: Tensor
    notes: tuple[str, ...] = ()
    fingerprint: str = ""  # of the dataset, before noise; the first rank's alone

    @property
    def corrupted(self) -> int:
        """How many training labels are wrong on purpose."""
        return int(self.train.labels.ne(self.true_labels).sum())

    def transition_matrix(self) -> NDArray[np.float32]:
        """T (K, K), T[i, j] = share of the training samples of true class i that are given label j;
        a class without samples has a row of zeros."""
        size = len(self.classes)
        cells = self.true_labels * size + self.train.labels
        counts = cells.bincount(minlength=size * size).view(size, size).double().cpu()
        return (counts / counts.sum(1, keepdim=True).clamp(min=1)).float().numpy()

    def labels_by_class(self, *, corrupted: bool = False) -> tuple[int, ...]:
        """Training labels of each class as trained on; or only those of them that are wrong."""
        given = self.train.labels
        if corrupted:
            given = given[given.ne(self.true_labels)]
        return tuple(given.bincount(minlength=len(self.classes)).tolist())


def load_run_data(
    spec: RunSpec,
    data_dir: Path,
    device: torch.device,
    ranks: Ranks,
    decisions: Decisions | None = None,
) -> RunData:
    """`decisions` on training labels replace them after the noise was drawn. Raises
    DatasetUnavailable, and SpecError where the spec does not fit the data."""
    with ranks.first_before_others():
        data = load_dataset(spec.dataset, data_dir)
    part: Literal["test", "train"] = "test"
    noise = NoisyLabels(spec.noise, spec.dataset, data, spec.seed, data_dir)
    train, validation = data.train, data.test
    train_numbers, numbers = data.train_numbers, torch.arange(len(data.test))
    if spec.eval_on == "holdout":
        kept, held_out = stratified_split(train.labels, spec.holdout, spec.seed)
        train, validation = train.select(kept), train.select(held_out)
        part, train_numbers, numbers = "train", train_numbers[kept], train_numbers[held_out]
        if spec.noise.holdout:
            noisy = noise.of(validation, numbers, held_out=True)
            validation = validation.with_labels(noisy)
    true, train = train.labels, train.with_labels(noise.of(train, train_numbers))
    if decisions:
        labels, stay = decide(train.labels, train_numbers, decisions, len(data.classes))
        if spec.noise.kind == "none":  # then what was decided is all that is known
            true = labels
        train, true = train.with_labels(labels).select(stay.nonzero().flatten()), true[stay]
        train_numbers = train_numbers[stay]
    return RunData(
        train=train.to(device),
        true_labels=true.to(device),
        validation=validation.to(device),
        test=data.test.to(device),
        normalise=Normalise(data.mean, data.std, device),
        classes=data.classes,
        channels=data.channels,
        size=data.train.size,
        validation_part=part,
        validation_numbers=numbers,
        train_numbers=train_numbers,
        notes=data.notes,
        fingerprint=fingerprint(data) if ranks.first else "",
    )
