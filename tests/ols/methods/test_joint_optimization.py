from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ols.errors import SpecError
from ols.methods.joint_optimization import JointOptimizationLoss, LearnedLabelsLoss, joint_loss
from ols.training.checkpoint import checkpoint_path
from ols.training.trainer import Trainer
from tests.ols.reference import (
    batch,
    close,
    cross_entropy_of,
    one_hot,
    reference_log_softmax,
    step_of,
)
from tests.ols.training.test_trainer import NOISE


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 5)
    log_p = reference_log_softmax(logits)
    p = np.exp(log_p)
    prior = (0.2 * np.log(0.2 / p.mean(0))).sum()
    entropy = -(p * log_p).sum(1).mean()
    expected = cross_entropy_of(logits, targets) + 1.2 * prior + 0.8 * entropy
    soft = torch.from_numpy(one_hot(targets, 5)).float()
    close(joint_loss(logits, soft), expected)


def test_without_its_regularisers_and_updates_it_is_cross_entropy():
    logits, targets = batch(20, 5)
    criterion = JointOptimizationLoss(targets, 5, alpha=0, beta=0)
    criterion.begin_epoch(1, 10, nn.Identity())
    close(criterion(logits, targets, step_of(range(20))), cross_entropy_of(logits, targets))


def test_labels_become_the_mean_of_the_last_predictions():
    _, targets = batch(20, 5)
    criterion = JointOptimizationLoss(targets, 5, start=0.5, window=3)
    predicted = []
    for epoch in range(1, 7):
        criterion.begin_epoch(epoch, 6, nn.Identity())
        logits, _ = batch(20, 5, seed=epoch)
        criterion(logits, targets, step_of(range(20)))
        criterion.end_epoch()
        predicted.append(logits.softmax(1).detach())
        expected = torch.stack(predicted[-3:]).mean(0) if epoch >= 3 else torch.eye(5)[targets]
        torch.testing.assert_close(criterion.soft.rows, expected)


def test_a_class_that_nobody_predicts_has_a_finite_gradient():
    logits = torch.tensor([[0.0, -200.0]], requires_grad=True)
    joint_loss(logits, torch.tensor([[1.0, 0.0]])).backward()
    assert logits.grad.isfinite().all()


# -- the second step ------------------------------------------------------------------------------

FIRST = {"name": "joint_optimization", "start": 0.4, "window": 2}
SECOND = {"name": "joint_optimization", "labels_file": "first.pt"}


@pytest.fixture
def learned(spec, data_dir, tmp_path):
    """A data folder with the checkpoint of a first step on noisy digits, and its soft labels."""
    made = spec(method=FIRST, epochs=3, noise=NOISE)
    trainer = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path / "run")
    list(trainer)
    (tmp_path / "weights").mkdir()
    checkpoint_path(tmp_path / "run", 3).rename(tmp_path / "weights" / "first.pt")
    return trainer.criterion.soft.rows.clone()


def second(spec, folder, **fields):
    made = {"method": SECOND, "epochs": 3, "noise": NOISE, **fields}
    return Trainer(spec(**made), data_dir=folder, checkpoint_dir=folder / "second")


def test_the_second_step_is_cross_entropy_with_the_learned_labels():
    """The authors': -mean(sum(log_softmax(out) * soft_label))."""
    logits, _ = batch(20, 5)
    soft = torch.softmax(torch.randn(30, 5), 1)
    picked = soft[5:25].double().numpy()
    expected = -(picked * reference_log_softmax(logits)).sum(1).mean()
    given = torch.zeros(20, dtype=torch.int64)  # which do not count
    close(LearnedLabelsLoss(soft)(logits, given, step_of(range(5, 25))), expected)


def test_the_second_step_trains_a_fresh_network_on_them_and_resumes_without_the_file(
    spec, learned, tmp_path
):
    whole = second(spec, tmp_path)
    assert torch.equal(whole.criterion.soft.rows, learned)
    assert not torch.equal(learned, learned.round())  # they have been learned
    epochs = iter(whole)
    next(epochs), next(epochs)  # asked for the second: the first is saved
    (tmp_path / "weights" / "first.pt").unlink()
    resumed = second(spec, tmp_path)
    assert resumed.epoch == 1
    assert torch.equal(resumed.criterion.soft.rows, learned)
    rest = list(resumed)
    assert rest[-1].metrics["train_loss"] > 0


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"eval_on": "holdout"}, "both steps need the same data and holdout"),
        ({"method": {**SECOND, "labels_file": "other.pt"}}, "other.pt does not exist on this work"),
        ({"method": {**SECOND, "labels_file": "bad.pt"}}, "bad.pt is no checkpoint of a run of jo"),
        ({"method": {**SECOND, "labels_file": "hard.pt"}}, "hard.pt is no checkpoint of a run of"),
        ({"method": {**SECOND, "labels_file": "mixed.pt"}}, "hardly more than by chance"),
        ({"method": {**SECOND, "labels_file": "seeded.pt"}}, "is of seed 7, whose holdout is anot"),
        ({"method": {**SECOND, "labels_file": "../first.pt"}}, "must be the name of a file"),
    ],
)
def test_labels_of_another_run_are_refused(spec, learned, tmp_path, fields, words):
    weights = tmp_path / "weights"
    state = torch.load(weights / "first.pt", weights_only=True)
    (weights / "bad.pt").write_bytes(b"damaged")
    torch.save({**state, "criterion": {}}, weights / "hard.pt")
    mixed = {**state["criterion"], "soft.rows": learned[torch.randperm(len(learned))]}
    torch.save({**state, "criterion": mixed}, weights / "mixed.pt")
    other = state["spec"].replace('"test"', '"holdout"').replace('"seed":0', '"seed":7')
    torch.save({**state, "spec": other}, weights / "seeded.pt")
    with pytest.raises(SpecError, match=words) as info:
        second(spec, tmp_path, **fields)
    assert [field.path for field in info.value.fields] == ["method.labels_file"]
