"""Runs in which one training image has a colour of its own, and what must be remembered of it.

The network's answers to that image are caught at the network, apart from every index: a method that
remembers samples must hold in the image's row what follows from them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import numpy as np
import torch
import torch.distributed as dist
from numpy.typing import NDArray
from torch import nn

from ols.data.dataset import Dataset, FileSplit, Split
from ols.data.splits import stratified_split
from ols.distributed.ranks import Ranks
from ols.methods.sample_table import SampleTable
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer

ALONE = Ranks()
EPOCHS, RESUMED_AFTER = 5, 2
METHODS = (
    {"name": "elr"},
    {"name": "ols_plus"},
    {"name": "ps_kd"},
    {"name": "sat", "start": 0.4},
    {"name": "joint_optimization", "start": 0.4, "window": 2},
)
# Of 111 images 100 are kept when a tenth is held out: 1,003 in all, 107 of them in the last batch.
CLASS_SIZES = (*(111,) * 9, 114)


def grey_dataset() -> Dataset:
    """1,014 images of 8 x 8, noise below 200 but for one kept image, which is white."""
    labels = torch.arange(10).repeat_interleave(torch.tensor(CLASS_SIZES))
    stream = np.random.default_rng(0)
    images = torch.from_numpy(stream.integers(0, 200, (len(labels), 1, 8, 8), dtype=np.uint8))
    test = Split(images[::20].clone(), labels[::20])
    return Dataset("digits", tuple("0123456789"), Split(images, labels), test, (0.4,), (0.2,))


def white_in_the_middle(data: Dataset, spec: RunSpec) -> Dataset:
    """The same with one white image among those that the run trains on."""
    kept = torch.arange(len(data.train))
    if spec.eval_on == "holdout":
        kept, _ = stratified_split(data.train.labels, spec.holdout, spec.seed)
    data.train.images[kept[len(kept) // 2]] = 255
    return data


@dataclass
class Remembered:
    """Of the white image: what the method holds, (K,), and the network's softmax of each epoch,
    (EPOCHS, K). `given` is its label."""

    row: NDArray[np.float64]
    answers: NDArray[np.float64]
    given: int
    samples: int


def train_and_resume(
    method: dict, folder: Path, load: Callable[[], Dataset], ranks: Ranks = ALONE, **fields: Any
) -> Remembered:
    """Trains on what `load` gives, stops in the middle and resumes from the checkpoint."""
    spec = RunSpec.parse(
        {
            **{"method": method, "dataset": "digits", "epochs": EPOCHS, "batch_size": 128},
            **{"model": {"name": "small_cnn", "width": 4}, "devices": ranks.size},
            **{"eval_on": "holdout", **fields},
        }
    )

    def loaded(*_: Any) -> Dataset:
        data = load()
        return data if isinstance(data.train, FileSplit) else white_in_the_middle(data, spec)

    with mock.patch("ols.training.run_data.load_dataset", loaded):
        first = Trainer(spec, checkpoint_dir=folder, threads=1)
        answers = [_train_epoch(first, ranks) for _ in range(RESUMED_AFTER)]
        first.save()
        if ranks.size > 1:
            dist.barrier()
        second = Trainer(spec, checkpoint_dir=folder, threads=1)
        assert second.epoch == RESUMED_AFTER
        answers += [_train_epoch(second, ranks) for _ in range(RESUMED_AFTER, EPOCHS)]
    (number,) = _white_numbers(second)
    return Remembered(
        _rows(second)[number].double().numpy(),
        torch.stack(answers).numpy(),
        int(second._data.train.labels[number]),
        len(second._data.train),
    )


def expected(method: dict, answers: NDArray[np.float64], given: int) -> NDArray[np.float64]:
    """The row (K,) by the papers' equations, in float64."""
    label = np.eye(answers.shape[1])[given]
    if method["name"] == "ps_kd":
        return answers[-1]
    if method["name"] == "joint_optimization":
        return answers[-method["window"] :].mean(0)
    if method["name"] == "sat":
        row = label
        for answer in answers[round(method["start"] * EPOCHS) :]:
            row = 0.9 * row + 0.1 * answer
        return row
    row = np.zeros_like(label)
    if method["name"] == "ols_plus":
        for answer in answers:
            row = 0.8 * row + 0.2 * answer
        return row
    for answer in answers:
        clipped = answer.clip(1e-4, 1 - 1e-4)
        row = 0.9 * row + 0.1 * clipped / clipped.sum()
    return row


def _train_epoch(trainer: Trainer, ranks: Ranks) -> torch.Tensor:
    """An epoch; the softmax (K,) that the network gives the white image in it, once."""
    white = trainer._data.normalise(torch.full((1, trainer._data.channels, 1, 1), 255))
    seen = torch.zeros(len(trainer._data.classes), dtype=torch.float64)
    times = torch.zeros(1)

    def look(network: nn.Module, inputs: tuple[torch.Tensor], logits: torch.Tensor) -> None:
        for place in inputs[0].eq(white).flatten(1).all(1).nonzero().flatten():
            if network.training:
                seen.add_(logits[place].detach().double().softmax(0))
                times.add_(1)

    with trainer.model.register_forward_hook(look):
        next(iter(trainer))
    ranks.sum_(seen, times)  # one of the ranks has seen it
    assert times.item() == 1
    return seen


def _white_numbers(trainer: Trainer) -> list[int]:
    train = trainer._data.train
    if isinstance(train, FileSplit):
        return [i for i, path in enumerate(train.paths) if path.endswith("white.png")]
    return train.images.eq(255).flatten(1).all(1).nonzero().flatten().tolist()


def _rows(trainer: Trainer) -> torch.Tensor:
    """The method's table of samples, (N, K)."""
    (table,) = (
        part.rows
        for name, part in trainer.criterion.named_children()
        if isinstance(part, SampleTable) and name != "now"
    )
    return table
