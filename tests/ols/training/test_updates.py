"""Accumulated and clipped updates: what they equal, and that a run resumes with them."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from ols.errors import SpecError
from ols.spec.parts.optimisation import SGD
from ols.training.optim import build_optimizer
from ols.training.precision import Precision
from ols.training.trainer import Trainer
from ols.training.updates import BatchShare, WeightUpdates, shares_of
from tests.ols.training.test_trainer import assert_same

CPU = Precision("cpu", None)


def test_shares_are_of_the_images_and_an_epochs_last_update_takes_what_is_left():
    assert shares_of([4, 4], 1) == (BatchShare(), BatchShare())
    made = shares_of([4, 4, 4, 4, 2], 2)
    assert [each.share for each in made] == [0.5, 0.5, 0.5, 0.5, 1.0]
    assert [each.first for each in made] == [True, False, True, False, True]
    assert [each.last for each in made] == [False, True, False, True, True]
    assert [each.share for each in shares_of([6, 2], 2)] == [0.75, 0.25]


def trained(spec, batches, **settings):
    """The weights of a linear network after one epoch of these batches."""
    torch.manual_seed(0)
    model = nn.Linear(5, 3)
    made = spec(optimizer={"name": "sgd", **settings}, accumulate=len(batches))
    optimizer = build_optimizer(made.optimizer, model)
    updates = WeightUpdates(made, optimizer, CPU, [len(x) for x, _ in batches])
    for (x, y), share in zip(batches, updates.shares, strict=True):
        updates.backward(nn.functional.cross_entropy(model(x), y), share)
        if share.last:
            updates.update()
    return model.weight.detach()


def test_accumulated_batches_train_as_the_whole_one_does(spec):
    x, y = torch.randn(10, 5), torch.randint(3, (10,))
    whole = trained(spec, [(x, y)])
    parts = trained(spec, [(x[:6], y[:6]), (x[6:8], y[6:8]), (x[8:], y[8:])])
    torch.testing.assert_close(parts, whole)


def test_a_clipped_step_is_no_longer_than_the_learning_rate_times_the_norm(spec):
    x, y = 100 * torch.randn(10, 5), torch.randint(3, (10,))
    plain = {"momentum": 0.0, "nesterov": False, "weight_decay": 0.0, "lr": 0.1}
    torch.manual_seed(0)
    model = nn.Linear(5, 3)
    start = copy.deepcopy(model.weight.detach())
    gradient = torch.autograd.grad(
        nn.functional.cross_entropy(model(x), y), list(model.parameters())
    )
    norm = torch.cat([each.flatten() for each in gradient]).norm()
    assert norm > 2
    moved = start - trained(spec, [(x, y)], clip_norm=2.0, **plain)
    torch.testing.assert_close(moved, 0.1 * 2.0 / norm * gradient[0])
    free = trained(spec, [(x, y)], clip_norm=2 * float(norm), **plain)
    assert torch.equal(free, trained(spec, [(x, y)], **plain))


def test_what_the_criterion_learns_is_clipped_too(spec, data_dir):
    made = spec(
        method="label_smoothing_pp",
        epochs=1,
        optimizer=SGD(clip_norm=1e-6, weight_decay=0.0).model_dump(),
    )
    trainer = Trainer(made, data_dir=data_dir)
    list(trainer)
    assert trainer.criterion.scores.abs().max() < 1e-5


def test_an_update_of_more_batches_than_there_are_is_refused(spec, data_dir):
    with pytest.raises(SpecError, match=r"batches of an epoch \(3\)") as info:
        Trainer(spec(accumulate=4), data_dir=data_dir)
    assert [field.path for field in info.value.fields] == ["accumulate"]


def test_everything_of_a_recipe_resumes_to_the_bit(spec, data_dir, tmp_path):
    made = spec(
        method="label_smoothing_pp",
        accumulate=2,
        ema=0.9,
        optimizer={"name": "sgd", "clip_norm": 1.0, "decay_norms": False},
        schedule={"name": "constant", "warmup_epochs": 1},
        augment={"policy": "randaugment", "erasing": 0.5},
        eval_on="holdout",
    )
    whole = Trainer(made, data_dir=data_dir)
    reports = list(whole)
    first = iter(Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path))
    next(first), next(first)  # asked for the second: the first is saved
    first.close()  # the second is not
    resumed = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    assert resumed.info.resumed_epoch == 1
    for report, other in zip(reports[1:], resumed, strict=True):
        assert_same(report, other)
    for name, weights in whole.model.state_dict().items():
        assert torch.equal(weights, resumed.model.state_dict()[name]), name
