"""Measures of a run's end: against a short reference, and the same after a resume."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ols.errors import SpecError
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from tests.ols.training.test_trainer import assert_same

FINAL = {"attacks": "fgsm_pgd", "ensemble_epochs": [1, 3], "pgd_steps": 2}


@pytest.fixture(scope="module")
def made():
    return RunSpec.parse(
        {"method": "hard", "dataset": "digits", "model": {"name": "small_cnn", "width": 4},
         "epochs": 3, "batch_size": 256, "final": FINAL}
    )  # fmt: skip


def normalised_test_set(trainer):
    data = trainer._data
    return data.normalise(data.test.images), data.test.labels


def test_an_ensemble_averages_the_softmax_of_its_epochs(made):
    trainer, kept = Trainer(made), []
    for report in trainer:
        images, labels = normalised_test_set(trainer)
        if report.epoch in (1, 3):
            with torch.no_grad():
                kept.append(trainer.model(images).softmax(1).numpy())
    mean, truth = np.mean(kept, axis=0), labels.numpy()
    assert report.metrics["test_ensemble_top1"] == np.mean(mean.argmax(1) == truth)
    likelihood = -np.log(mean[np.arange(len(truth)), truth]).mean()
    assert report.metrics["test_ensemble_loss"] == pytest.approx(likelihood, rel=1e-5)


def test_fgsm_accuracy_is_that_of_a_three_line_reference(made):
    trainer = Trainer(made)
    report = list(trainer)[-1]
    images, labels = normalised_test_set(trainer)
    images.requires_grad_()
    F.cross_entropy(trainer.model(images), labels).backward()
    std = (trainer._data.train.images.double() / 255).std(correction=0).float()
    low, high = trainer._data.normalise.limits
    attacked = (images + 8 / 255 / std * images.grad.sign()).clamp(low, high)
    with torch.no_grad():
        expected = trainer.model(attacked).argmax(1).eq(labels).double().mean()
    assert report.metrics["test_fgsm_top1"] == pytest.approx(float(expected), abs=1.1 / len(labels))
    assert report.metrics["test_pgd_top1"] <= report.metrics["val_top1"]


def test_they_come_with_the_last_epoch_alone_and_are_off_by_default(made):
    names = {"test_fgsm_top1", "test_pgd_top1", "test_ensemble_top1"}
    reports = list(Trainer(made))
    assert [names & set(report.metrics) for report in reports] == [set(), set(), names]
    plain = made.model_copy(update={"final": RunSpec.parse({"method": "hard"}).final, "epochs": 1})
    assert not names & set(next(iter(Trainer(plain))).metrics)


def test_a_resumed_run_ends_with_the_same_numbers(made, tmp_path):
    whole = list(Trainer(made))
    first = Trainer(made, checkpoint_dir=tmp_path)
    next(iter(first))
    first.save()
    rest = list(Trainer(made, checkpoint_dir=tmp_path))
    for report, other in zip(whole[1:], rest, strict=True):
        assert_same(report, other)


@pytest.mark.parametrize(
    ("final", "path"),
    [
        ({"ensemble_last": 4}, "final.ensemble_last"),
        ({"ensemble_epochs": [1, 4]}, "final.ensemble_epochs"),
        ({"ensemble_epochs": [2, 1]}, "final.ensemble_epochs"),
        ({"ensemble_epochs": [1], "ensemble_last": 2}, "final.ensemble_epochs"),
        ({"epsilon": 0}, "final.epsilon"),
    ],
)
def test_what_can_not_be_measured_is_refused_by_field(final, path):
    with pytest.raises(SpecError) as info:
        RunSpec.parse({"method": "hard", "epochs": 3, "final": final})
    assert [field.path for field in info.value.fields] == [path]


def test_the_last_epochs_are_an_ensemble_too():
    spec = RunSpec.parse({"method": "hard", "epochs": 10, "final": {"ensemble_last": 3}})
    assert spec.final.members(spec.epochs) == {8, 9, 10}
