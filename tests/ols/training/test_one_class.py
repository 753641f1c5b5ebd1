"""A folder with one class: nothing to tell apart, but the run ends well and prints no nan."""

from __future__ import annotations

import math
import re

import pytest
import torch

from ols.__main__ import main
from ols.methods import build_criterion
from ols.methods.criterion import Step, begin_epoch, compute_loss, end_epoch
from ols.spec.catalogue import METHODS
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from tests.ols.image_files import write_image

FOLDER = {"name": "image_folder", "folder": "single", "size": 16, "workers": 0}
# What one class has none of: other classes, wrong labels, a temperature.
UNMEASURED = {
    *("soft_partners", "soft_rank_confusion", "soft_noise_leak"),
    *("train_memorized", "train_corrupted_samples_top1", "train_eval_memorized"),
    *("val_temperature", "val_nll_scaled", "val_ece_scaled"),
}


@pytest.fixture
def data_dir(tmp_path):
    for part, count in (("train", 8), ("val", 3)):
        for i in range(count):
            write_image(tmp_path / "single" / part / "only" / f"{i}.jpg", 0, i)
    return tmp_path


def test_a_run_measures_what_there_is(spec, data_dir):
    noise = {"kind": "symmetric", "rate": 0.2}
    (report,) = Trainer(spec(dataset=FOLDER, epochs=1, noise=noise), data_dir=data_dir)
    assert {name for name, value in report.metrics.items() if math.isnan(value)} == UNMEASURED
    assert (report.metrics["val_top1"], report.metrics["soft_target"]) == (1, 1)


def test_the_command_line_prints_a_dash_for_what_is_not_measured(data_dir, capsys):
    settings = [f"dataset.{key}={value}" for key, value in FOLDER.items() if key != "name"]
    sets = [word for setting in settings for word in ("--set", setting)]
    command = ["train", "--method", "ols", "--dataset", "image_folder", "--epochs", "1", *sets]
    assert main([*command, "--data-dir", str(data_dir), "--threads", "1"]) == 0
    printed = capsys.readouterr().out
    assert "nan" not in printed.lower()
    assert "1 class;" in printed
    assert re.search(r"soft_partners +– ", printed)


@pytest.mark.parametrize("method", [entry.name for entry in METHODS])
def test_every_method_has_a_finite_loss_and_gradient(method):
    labels, model = torch.zeros(8, dtype=torch.int64), torch.nn.Linear(3, 1)
    part = RunSpec.parse({"method": method}).method
    criterion = build_criterion(part, 1, labels=labels, model=model)
    for epoch in range(1, 4):
        begin_epoch(criterion, epoch, 3, model)
        logits = torch.randn(8, 1, requires_grad=True)
        step = Step(torch.arange(8), torch.randn(8, 3))
        loss = compute_loss(criterion, logits, labels, step)
        loss.backward()
        end_epoch(criterion)
        assert loss.isfinite()
        assert logits.grad.isfinite().all()
