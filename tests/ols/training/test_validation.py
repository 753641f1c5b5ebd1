from __future__ import annotations

import pytest
import torch
from torch import nn

from ols.distributed.ranks import Ranks
from ols.models import build_model
from ols.training.precision import choose_precision
from ols.training.run_data import load_run_data
from ols.training.validation import Validation

CPU = torch.device("cpu")


@pytest.fixture
def make(spec, data_dir):
    def validation(keep_best):
        made = spec(eval_on="holdout")
        data = load_run_data(made, data_dir, CPU, Ranks())
        torch.manual_seed(0)
        model = build_model(made.model, data.channels, len(data.classes))
        precision = choose_precision("fp32", CPU)
        return Validation(model, data, precision, Ranks(), keep_best=keep_best), model

    return validation


def test_the_best_epoch_is_the_first_of_equals_and_its_weights_are_kept(make):
    validation, model = make(keep_best=True)
    first = validation.measure(1, nn.Identity())
    kept = {name: value.clone() for name, value in model.state_dict().items()}
    assert validation.best["epoch"] == 1
    assert validation.best["top1"] == first.top1
    assert validation.measure(2, nn.Identity()).top1 == first.top1
    assert validation.best["epoch"] == 1
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.zero_()  # the weights move on; what was kept must not
    for name, value in validation.best["weights"].items():
        assert torch.equal(value, kept[name])


def test_no_weights_are_kept_where_the_test_set_would_choose_them(make):
    validation, _ = make(keep_best=False)
    validation.measure(1, nn.Identity())
    assert validation.best["weights"] is None
