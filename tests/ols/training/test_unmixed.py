"""Training accuracy in evaluation mode, after the epoch; with mixed images there is no other."""

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


def test_without_mixing_a_fifth_is_asked_beside_the_steps(spec, data_dir, monkeypatch):
    monkeypatch.setattr(unmixed, "FEWEST", 100)
    run = spec(method="hard", epochs=2, noise=NOISE, augment={"shift": 1})
    trainer = Trainer(run, data_dir=data_dir)
    for report in trainer:
        split, true = trainer._unmixed._split, trainer._unmixed._true
        assert len(split) == len(trainer._data.train) // 5
        with torch.no_grad():
            trainer.model.eval()
            predicted = trainer.model(trainer._data.normalise(split.images)).argmax(1)
        given, wrong = split.labels, split.labels.ne(true)
        told = report.metrics
        assert told["train_eval_top1"] == int(predicted.eq(given).sum()) / len(given)
        memorised = int(predicted.eq(given)[wrong].sum()) / int(wrong.sum())
        assert told["train_eval_memorized"] == memorised
        assert told["train_eval_top1"] != told["train_top1"]  # of all samples, as they were seen


def test_of_a_small_training_set_every_sample_is_asked(spec, data_dir):
    trainer = Trainer(spec(), data_dir=data_dir)
    assert len(trainer._unmixed._split) == min(len(trainer._data.train), unmixed.FEWEST)


def test_mixing_or_not_evaluation_mode_has_one_name(spec, data_dir):
    run = spec(method="hard", epochs=1, noise=NOISE, augment={"mix": "mixup"})
    (report,) = Trainer(run, data_dir=data_dir)
    for name in ("top1", "memorized"):
        assert report.metrics[f"train_eval_{name}"] == report.metrics[f"train_{name}"]
