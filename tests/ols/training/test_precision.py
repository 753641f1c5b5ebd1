from __future__ import annotations

import pytest
import torch

from ols.errors import SpecError
from ols.models import build_model
from ols.training import precision as module
from ols.training.precision import PrecisionTrial, choose_precision
from ols.training.trainer import Trainer

CPU = torch.device("cpu")


def weights(trainer: Trainer) -> torch.Tensor:
    return torch.cat([each.detach().flatten() for each in trainer.model.parameters()])


@pytest.fixture
def trial(spec) -> PrecisionTrial:
    model = spec(model={"name": "small_cnn", "width": 8}).model
    return PrecisionTrial(build_model(model, 1, 10, 8), model, (1, 8, 8), 10, 64)


def test_precisions_on_a_cpu():
    assert choose_precision("auto", CPU).name == "fp32"
    assert choose_precision("bf16", CPU).dtype == torch.bfloat16
    with pytest.raises(SpecError, match="precision"):
        choose_precision("fp16", CPU)


def test_a_checkpoints_precision_is_kept_unless_the_spec_names_one():
    assert choose_precision("auto", CPU, "bf16").name == "bf16"
    assert choose_precision("fp32", CPU, "bf16").name == "fp32"


def test_a_run_asks_once_and_resumes_as_it_began(spec, data_dir, tmp_path):
    asked = []

    def settle(trial: PrecisionTrial) -> str:
        asked.append(trial.conditions())
        return "bf16"

    made = spec()
    whole = Trainer(made, data_dir=data_dir, settle_precision=settle)
    list(whole)
    first = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path, settle_precision=settle)
    next(iter(first))
    first.save()
    resumed = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path, settle_precision=settle)
    list(resumed)
    assert len(asked) == 2, "the checkpoint knows"
    assert asked[0] == asked[1]
    assert resumed.info.precision == whole.info.precision == "bf16"
    assert torch.equal(weights(resumed), weights(whole))
    assert Trainer(made, data_dir=data_dir).info.precision == "fp32"


def test_a_run_that_names_its_precision_is_not_asked(spec, data_dir):
    def settle(trial: PrecisionTrial) -> str:
        raise AssertionError("it was")

    named = Trainer(spec(precision="bf16"), data_dir=data_dir, settle_precision=settle)
    assert named.info.precision == "bf16"


def test_measuring_leaves_no_trace_in_the_run(trial):
    before = {name: value.clone() for name, value in trial.network.state_dict().items()}
    stream = torch.get_rng_state()
    seconds = trial.measure()
    assert seconds.keys() == {"fp32", "bf16"}
    assert min(seconds.values()) > 0
    assert torch.equal(torch.get_rng_state(), stream)
    assert all(
        torch.equal(value, before[name]) for name, value in trial.network.state_dict().items()
    )
    assert all(parameter.grad is None for parameter in trial.network.parameters())


@pytest.mark.parametrize(("size", "batch", "images"), [(8, 8, 8), (32, 128, 32), (224, 128, 4)])
def test_a_measured_step_is_short(trial, size, batch, images):
    made = PrecisionTrial(trial.network, trial.model, (3, size, size), 10, batch)
    assert made.images == images


@pytest.mark.parametrize(
    ("flags", "possible"), [("fma avx512f avx512_bf16", True), ("amx_bf16", True), ("fma", False)]
)
def test_a_cpu_says_whether_it_has_bf16(trial, monkeypatch, tmp_path, flags, possible):
    (tmp_path / "cpuinfo").write_text(f"model name\t: A CPU: fast\nflags\t\t: {flags}\n\n")
    monkeypatch.setattr(module, "_CPU_INFO", tmp_path / "cpuinfo")
    assert trial.possible is possible
    assert trial.conditions()["cpu"] == "A CPU: fast"
    monkeypatch.setattr(module, "_CPU_INFO", tmp_path / "none")
    assert not trial.possible
