"""A fork continues its parent exactly; what is changed begins from what it needs."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from ols.errors import CheckpointError, ForkError
from ols.spec.fork import Start, forked
from ols.training.checkpoint import checkpoint_path
from ols.training.fork import ForkPoint
from ols.training.retention import Retention
from ols.training.trainer import Trainer
from tests.ols.training.test_trainer import assert_same

NOISE = {"kind": "symmetric", "rate": 0.2}
ALL = Retention(every=1)


def train(spec, data_dir, folder=None, fork_point=None):
    """The trainer at its end, and its reports by epoch."""
    trainer = Trainer(
        spec, data_dir=data_dir, checkpoint_dir=folder, keep=ALL, fork_point=fork_point
    )
    return trainer, {report.epoch: report for report in trainer}


def assert_equal_states(one, other):
    """Bit by bit: all that a checkpoint holds."""
    if isinstance(one, torch.Tensor):
        assert one.dtype == other.dtype
        assert torch.equal(one, other)
    elif isinstance(one, dict):
        assert one.keys() == other.keys()
        for key in one:
            assert_equal_states(one[key], other[key])
    elif isinstance(one, list | tuple):
        assert len(one) == len(other)
        for first, second in zip(one, other, strict=True):
            assert_equal_states(first, second)
    else:
        assert one == other or (one != one and other != other)


METHODS = ["ols", "hard", "ps_kd", "tf_kd_self", "label_smoothing_pp", "cs_kd", "adafocal"]


@pytest.mark.parametrize("method", METHODS)
def test_a_fork_without_a_change_is_its_parent_to_the_bit(spec, data_dir, tmp_path, method):
    made = spec(
        method=method, epochs=4, noise=NOISE, eval_on="holdout", augment={"shift": 1},
        final={"ensemble_last": 3},
    )  # fmt: skip
    parent, whole = train(made, data_dir, tmp_path / "parent")
    torch.manual_seed(99)  # whatever else the process did
    fork_point = ForkPoint(checkpoint_path(tmp_path / "parent", 2), 2)
    fork, reports = train(forked(made, 2, {}), data_dir, tmp_path / "fork", fork_point)
    assert list(reports) == [3, 4]
    for epoch, report in reports.items():
        assert_same(whole[epoch], report)
        assert report.warnings == whole[epoch].warnings
    assert_equal_states(parent._state(), fork._state())
    audits = parent.sample_statistics(), fork.sample_statistics()
    assert np.array_equal(audits[0].margin, audits[1].margin)


def test_a_fork_resumes_from_its_own_checkpoint(spec, data_dir, tmp_path):
    made = spec(epochs=5)
    train(made, data_dir, tmp_path / "parent")
    start = Start(seed=1, schedule="rest", momentum="anew")
    fork_point = ForkPoint(checkpoint_path(tmp_path / "parent", 2), 2, start)
    changed = forked(made, 2, {"method.alpha": 0.9, "optimizer.lr": 0.05}, 2)
    _, whole = train(changed, data_dir, fork_point=fork_point)
    first = Trainer(
        changed, data_dir=data_dir, checkpoint_dir=tmp_path / "fork", fork_point=fork_point
    )
    next(iter(first))
    first.save()
    resumed = Trainer(
        changed, data_dir=data_dir, checkpoint_dir=tmp_path / "fork", fork_point=fork_point
    )
    assert resumed.info.resumed_epoch == 3
    for report in resumed:
        assert_same(whole[report.epoch], report)


def test_ols_begins_with_the_soft_labels_that_its_parent_recorded(spec, data_dir, tmp_path):
    made = spec(method="hard", epochs=3)
    _, whole = train(made, data_dir, tmp_path)
    fork_point = ForkPoint(checkpoint_path(tmp_path, 2), 2)
    fork = Trainer(forked(made, 2, {"method": "ols"}), data_dir=data_dir, fork_point=fork_point)
    soft = whole[2].matrices["soft_labels"]
    assert np.array_equal(fork.criterion.soft_labels.numpy(), soft)
    logits, labels = torch.randn(4, 10), torch.tensor([0, 1, 2, 3])
    fork.criterion.eval()
    log_p = logits.log_softmax(1)
    mixed = 0.5 * torch.eye(10)[labels] + 0.5 * torch.from_numpy(soft)[labels]
    expected = -(mixed * log_p).sum(1).mean()
    assert torch.allclose(fork.criterion(logits, labels), expected)
    report = next(iter(fork))
    assert not report.warnings
    assert 0 < report.metrics["soft_change"] < 1


def test_hard_labels_continue_ols_and_keep_its_statistics(spec, data_dir, tmp_path):
    made = spec(epochs=3)
    _, whole = train(made, data_dir, tmp_path)
    fork_point = ForkPoint(checkpoint_path(tmp_path, 2), 2)
    _, reports = train(forked(made, 2, {"method": "hard"}), data_dir, fork_point=fork_point)
    assert reports[3].metrics["train_loss"] != whole[3].metrics["train_loss"]
    assert 0 < reports[3].metrics["soft_change"] < 1


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"method": "ps_kd"}, "What ps_kd remembers of samples begins anew after epoch 2"),
        ({"optimizer": "adamw"}, "running averages begin anew: adamw keeps others than sgd"),
    ],
)
def test_what_begins_anew_is_said_with_the_first_epoch(spec, data_dir, tmp_path, changes, words):
    made = spec(epochs=4)
    train(made, data_dir, tmp_path)
    fork_point = ForkPoint(checkpoint_path(tmp_path, 2), 2)
    _, reports = train(forked(made, 2, changes), data_dir, fork_point=fork_point)
    assert any(words in warning for warning in reports[3].warnings)
    assert not any(words in warning for warning in reports[4].warnings)


def test_other_noise_begins_the_memory_of_samples_and_their_audit_anew(spec, data_dir, tmp_path):
    made = spec(method="ps_kd", epochs=3)
    train(made, data_dir, tmp_path)
    fork_point = ForkPoint(checkpoint_path(tmp_path, 2), 2)
    fork, reports = train(forked(made, 2, {"noise": NOISE}), data_dir, fork_point=fork_point)
    assert any("the labels have changed" in warning for warning in reports[3].warnings)
    assert fork._audit.statistics().learned.max() == 3, "no epoch of other labels counts"
    assert set(fork._audit.statistics().learned.tolist()) <= {0, 3}
    assert reports[3].metrics["train_clean_top1"] > 0


def test_a_teacher_is_the_network_at_the_fork(spec, data_dir, tmp_path):
    made = spec(epochs=4)
    train(made, data_dir, tmp_path)
    fork_point = ForkPoint(checkpoint_path(tmp_path, 3), 3)  # behind the method's own warm-up
    fork = Trainer(
        forked(made, 3, {"method": "tf_kd_self"}), data_dir=data_dir, fork_point=fork_point
    )
    for name, weights in fork.criterion.teacher.state_dict().items():
        assert torch.equal(weights, fork.model.state_dict()[name]), name


def test_the_schedule_continues_or_begins_over_the_rest(spec, data_dir, tmp_path):
    made = spec(epochs=4, schedule={"name": "cosine"})
    _, whole = train(made, data_dir, tmp_path)
    path = checkpoint_path(tmp_path, 2)
    rest = Start(schedule="rest")
    _, as_whole = train(made, data_dir, fork_point=ForkPoint(path, 2))
    _, anew = train(made, data_dir, fork_point=ForkPoint(path, 2, rest))
    assert as_whole[3].metrics["lr"] == whole[3].metrics["lr"]
    assert anew[3].metrics["lr"] > whole[2].metrics["lr"]
    assert anew[4].metrics["lr"] < anew[3].metrics["lr"]


def test_an_optimisers_new_settings_count_and_its_averages_stay(spec, data_dir, tmp_path):
    made = spec(epochs=3)
    train(made, data_dir, tmp_path)
    fork_point = ForkPoint(checkpoint_path(tmp_path, 2), 2)
    changed = forked(made, 2, {"optimizer.weight_decay": 0.01})
    fork = Trainer(changed, data_dir=data_dir, fork_point=fork_point)
    state = fork.optimizer.state_dict()
    assert state["param_groups"][0]["weight_decay"] == 0.01
    assert state["state"][0]["momentum_buffer"].abs().sum() > 0
    anew = ForkPoint(fork_point.checkpoint, 2, Start(momentum="anew"))
    assert not Trainer(changed, data_dir=data_dir, fork_point=anew).optimizer.state_dict()["state"]


@pytest.mark.parametrize("methods", [("label_smoothing_pp", "hard"), ("ols", "label_smoothing_pp")])
def test_averages_follow_their_weights_into_other_groups(spec, data_dir, tmp_path, methods):
    """Without decay of biases and norms an optimiser keeps its parameters in another order."""
    made = spec(method=methods[0], epochs=3, optimizer={"decay_norms": False})
    parent, _ = train(made, data_dir, tmp_path)
    point = ForkPoint(checkpoint_path(tmp_path, 2), 2)
    changed = forked(made, 2, {"method": methods[1], "optimizer.decay_norms": True})
    fork = Trainer(changed, data_dir=data_dir, fork_point=point)
    theirs = Trainer(made, data_dir=data_dir, fork_point=point)
    weights = zip(fork.model.parameters(), theirs.model.parameters(), strict=True)
    for one, other in weights:
        averages = fork.optimizer.state[one], theirs.optimizer.state[other]
        assert torch.equal(*(each["momentum_buffer"] for each in averages))
    assert parent.epoch == 3


def test_an_average_of_the_weights_continues_or_begins_at_the_fork(spec, data_dir, tmp_path):
    made = spec(epochs=3, ema=0.99)
    _, whole = train(made, data_dir, tmp_path / "averaged")
    point = ForkPoint(checkpoint_path(tmp_path / "averaged", 2), 2)
    _, reports = train(made, data_dir, fork_point=point)
    assert_same(whole[3], reports[3])
    plain = spec(epochs=3)
    train(plain, data_dir, tmp_path / "plain")
    point = ForkPoint(checkpoint_path(tmp_path / "plain", 2), 2)
    _, reports = train(forked(plain, 2, {"ema": 0.99}), data_dir, fork_point=point)
    assert any("average of the weights begins" in warning for warning in reports[3].warnings)
    assert reports[3].metrics["val_ema_top1"] > 0


def test_a_seed_of_what_follows_draws_other_orders(spec, data_dir, tmp_path):
    made = spec(epochs=3)
    train(made, data_dir, tmp_path)
    path = checkpoint_path(tmp_path, 2)
    losses = [
        train(made, data_dir, fork_point=ForkPoint(path, 2, start))[1][3].metrics["train_loss"]
        for start in (Start(), Start(seed=1), Start(seed=2), Start(seed=1))
    ]
    assert losses[1] == losses[3]
    assert len(set(losses)) == 3


def test_what_does_not_fit_is_refused_before_it_trains(spec, data_dir, tmp_path):
    made = spec(epochs=3)
    train(made, data_dir, tmp_path)
    path = checkpoint_path(tmp_path, 2)
    with pytest.raises(ForkError, match="can't change it"):
        Trainer(spec(epochs=3, seed=1), data_dir=data_dir, fork_point=ForkPoint(path, 2))
    with pytest.raises(CheckpointError, match="is of epoch 2, not 1"):
        Trainer(made, data_dir=data_dir, fork_point=ForkPoint(path, 1))
    with pytest.raises(CheckpointError, match="there is no checkpoint"):
        Trainer(made, data_dir=data_dir, fork_point=ForkPoint(tmp_path / "epoch-000009.pt", 9))
    state = torch.load(path, weights_only=True)
    torch.save({**state, "format": 0}, path)
    with pytest.raises(CheckpointError, match="not a checkpoint of format"):
        Trainer(made, data_dir=data_dir, fork_point=ForkPoint(path, 2))
