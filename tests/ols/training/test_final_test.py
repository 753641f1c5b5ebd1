"""Measures of a run's end: against a short reference, and the same after a resume."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from ols.errors import SpecError
from ols.spec.run_spec import RunSpec
from ols.training.checkpoint import checkpoint_path
from ols.training.retention import Retention
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


def least_temperature(softmax, labels):
    """Of a grid: where the negative log-likelihood of softmax(log p / T) is least."""
    grid = torch.logspace(-1, 1, 401, dtype=torch.float64)
    logits = torch.from_numpy(softmax).double().clamp(min=1e-30).log()
    losses = [F.cross_entropy(logits / t, labels) for t in grid]
    return float(grid[torch.stack(losses).argmin()])


def test_an_ensembles_temperature_is_that_of_the_holdout(made, tmp_path):
    spec = made.model_copy(update={"eval_on": "holdout", "holdout": 0.3})
    trainer = Trainer(spec, checkpoint_dir=tmp_path, keep=Retention(every=1))
    *_, last = trainer
    kept = {"test": [], "validation": []}
    for epoch in (1, 3):
        state = torch.load(checkpoint_path(tmp_path, epoch), weights_only=True)
        trainer.model.load_state_dict(state["model"])
        trainer.model.eval()
        for name, parts in kept.items():
            with torch.no_grad():
                images = trainer._data.normalise(getattr(trainer._data, name).images)
                parts.append(trainer.model(images).softmax(1).numpy())
    mean = {name: np.mean(parts, axis=0) for name, parts in kept.items()}
    fair = least_temperature(mean["validation"], trainer._data.validation.labels)
    unfair = least_temperature(mean["test"], trainer._data.test.labels)
    assert last.metrics["test_ensemble_temperature"] == pytest.approx(fair, rel=0.02)
    assert abs(fair / unfair - 1) > 0.04  # else this would prove nothing


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


def test_the_worst_of_two_is_at_most_each_and_leaves_the_others_as_they_were(made):
    final = made.final.model_copy(update={"attacks": "fgsm_pgd_worst", "ensemble_epochs": ()})
    before, after = (
        list(Trainer(each))[-1].metrics for each in (made, made.model_copy(update={"final": final}))
    )
    new = {"test_pgd_margin_top1", "test_pgd_worst_top1"}
    assert new <= set(after)
    assert not new & set(before)
    assert after["test_pgd_worst_top1"] <= after["test_pgd_margin_top1"]
    for name in ("test_fgsm_top1", "test_pgd_top1"):
        assert after[name] == before[name]


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
