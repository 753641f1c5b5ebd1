"""Under Mixup and CutMix training accuracy is that of unmixed images, after the epoch."""

from __future__ import annotations

import pytest
import torch

from ols.training import unmixed
from ols.training.trainer import Trainer

NOISE = {"kind": "symmetric", "rate": 0.3}


def answers(trainer, numbers):
    """What the network takes training images for, by plain PyTorch in evaluation mode."""
    data = trainer._data
    trainer.model.eval()
    with torch.no_grad():
        predicted = trainer.model(data.normalise(data.train.images[numbers])).argmax(1)
    return predicted, data.train.labels[numbers], data.true_labels[numbers]


@pytest.mark.parametrize("mix", ["mixup", "cutmix"])
def test_accuracy_and_memorised_labels_are_those_of_unmixed_images(spec, data_dir, mix):
    run = spec(method="hard", epochs=3, noise=NOISE, augment={"mix": mix})
    trainer = Trainer(run, data_dir=data_dir)
    for report in trainer:
        predicted, given, true = answers(trainer, slice(None))
        wrong = given.ne(true)
        assert report.metrics["train_top1"] == int(predicted.eq(given).sum()) / len(given)
        assert report.metrics["train_clean_top1"] == int(predicted.eq(true).sum()) / len(given)
        memorised = int(predicted.eq(given)[wrong].sum()) / int(wrong.sum())
        assert report.metrics["train_memorized"] == memorised


def test_of_a_large_training_set_a_seeded_part_is_asked(spec, data_dir, monkeypatch):
    monkeypatch.setattr(unmixed, "LARGEST", 100)
    run = spec(method="hard", epochs=1, noise=NOISE, augment={"mix": "mixup"})
    parts = []
    for _ in range(2):
        trainer = Trainer(run, data_dir=data_dir)
        (report,) = trainer
        part = trainer._unmixed._split.images
        numbers = [
            int(trainer._data.train.images.eq(i).flatten(1).all(1).nonzero()[0]) for i in part
        ]
        predicted, given, _ = answers(trainer, torch.tensor(numbers))
        assert report.metrics["train_top1"] == int(predicted.eq(given).sum()) / 100
        parts.append(numbers)
    assert parts[0] == parts[1]
    assert len(set(parts[0])) == 100


def test_without_mixing_it_is_that_of_the_steps(spec, data_dir):
    assert Trainer(spec(augment={"shift": 1, "cutout": 2}), data_dir=data_dir)._unmixed is None
