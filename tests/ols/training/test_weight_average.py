"""The EMA of weights: its equation, its numbers, its place in the checkpoint."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from ols.spec.metrics import METRICS
from ols.training.checkpoint import checkpoint_path
from ols.training.trainer import Trainer
from ols.training.weight_average import AveragedWeights
from tests.support.measured import without_times


def test_it_is_the_equation(spec):
    model = nn.BatchNorm1d(3)
    average = AveragedWeights(model, None, spec(ema=0.5))
    expected = None
    for update in range(12):
        with torch.no_grad():
            model.weight.normal_()
            model.running_mean.normal_()
        average.follow(model)
        decay = min(0.5, (1 + update) / (10 + update))
        now = {name: each.double() for name, each in model.state_dict().items()}
        expected = (
            now
            if expected is None
            else {name: decay * old + (1 - decay) * now[name] for name, old in expected.items()}
        )
    weights = average.state()["weights"]
    for name in ("weight", "running_mean"):
        torch.testing.assert_close(weights[name].double(), expected[name], rtol=1e-5, atol=1e-6)


def test_training_does_not_see_it_and_its_numbers_are_those_of_its_weights(
    spec, data_dir, tmp_path
):
    made = spec(ema=0.8, eval_on="holdout")
    plain = list(Trainer(spec(eval_on="holdout"), data_dir=data_dir))
    trainer = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    reports = list(trainer)
    for report, other in zip(reports, plain, strict=True):
        own = {k: v for k, v in report.metrics.items() if "_ema_" not in k}
        assert without_times(own) == without_times(other.metrics)
    every = {each.name for each in METRICS if each.exists == "ema"}
    end = {each.name for each in METRICS if each.exists == "ema_holdout"}
    names = [{k for k in report.metrics if "_ema_" in k} for report in reports]
    assert names == [every, every | end]

    state = torch.load(checkpoint_path(tmp_path, 2), weights_only=True)
    network = copy.deepcopy(trainer.model)
    network.load_state_dict(state["ema"]["weights"])
    assert state["ema"]["updates"] == 2 * trainer.info.steps_per_epoch
    assert not torch.equal(next(network.parameters()), next(trainer.model.parameters()))
    network.eval()
    data = trainer._data
    for split, name in ((data.validation, "val_ema_top1"), (data.test, "test_ema_top1")):
        with torch.no_grad():
            top1 = network(data.normalise(split.images)).argmax(1).eq(split.labels).double().mean()
        assert reports[-1].metrics[name] == pytest.approx(float(top1), abs=1.1 / len(split))
    scaled = reports[-1].metrics
    assert scaled["test_ema_temperature"] == scaled["val_ema_temperature"]


def test_a_run_without_it_has_no_trace_of_it(spec, data_dir, tmp_path):
    *_, last = Trainer(spec(epochs=1), data_dir=data_dir, checkpoint_dir=tmp_path)
    assert not [name for name in last.metrics if "ema" in name]
    assert "ema" not in torch.load(checkpoint_path(tmp_path, 1), weights_only=True)
