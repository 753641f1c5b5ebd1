"""What holds for every method: it learns, under half precision and mixed targets, and resumes."""

from __future__ import annotations

import copy

import numpy as np
import pytest
import torch

from ols.errors import SpecError
from ols.methods import build_criterion
from ols.methods.criterion import Criterion, Step, begin_epoch, compute_loss, end_epoch
from ols.spec.catalogue import METHODS
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from tests.ols.reference import CountCalls, batch, mixed_targets
from tests.ols.training.test_trainer import NOISE, assert_same

NAMES = [entry.name for entry in METHODS]
UNMIXED = [entry.name for entry in METHODS if entry.part().clash_with_mixing()]
REMEMBERING = [entry.name for entry in METHODS if entry.part.remembers_samples]
ESTIMATED = [
    {"name": name, "transition": "estimated", "warmup": 0.5}
    for name in ("forward_correction", "backward_correction")
]
# A temperature of 0.04 wants a lower rate on a network as small as this one.
GENTLY = {"logit_norm": {"optimizer": {"name": "sgd", "lr": 0.01}}}


def criterion_for(name, samples=40, classes=10):
    method = RunSpec.parse({"method": name}).method
    labels = torch.randint(classes, (samples,))
    model = torch.nn.Linear(3, classes)
    criterion = build_criterion(method, classes, labels=labels, model=model)
    begin_epoch(criterion, 3, 3, model)  # late: every phase has begun
    return criterion


def step_at(indices):
    return Step(indices, torch.randn(len(indices), 3))


def name_of(method):
    return method if isinstance(method, str) else f"{method['name']}-{method['transition']}"


def is_stateful(name):
    """Whether a resumed run must find again what the criterion has learned, or its phase."""
    criterion = criterion_for(name)
    if not isinstance(criterion, Criterion):
        return False  # OLS has tests of its own
    follows = type(criterion).begin_epoch is not Criterion.begin_epoch
    return follows or bool(criterion.state_dict())


STATEFUL = [name for name in NAMES if is_stateful(name) and "correction" not in name]
STATEFUL += ESTIMATED


@pytest.mark.slow
@pytest.mark.parametrize("method", [*NAMES, *ESTIMATED], ids=name_of)
def test_it_learns_digits(spec, data_dir, method):
    fields = {"epochs": 4, "batch_size": 128, "model": {"width": 16}}
    made = spec(method=method, **fields, **GENTLY.get(name_of(method), {}))
    reports = list(Trainer(made, data_dir=data_dir))
    assert reports[-1].metrics["val_top1"] > 0.85
    assert all(np.isfinite(report.metrics["train_loss"]) for report in reports)
    told = [warning for report in reports for warning in report.warnings]
    assert not [warning for warning in told if "learning rate" in warning]


@pytest.mark.slow
@pytest.mark.parametrize("method", STATEFUL, ids=name_of)
def test_resume_is_bit_identical(spec, data_dir, tmp_path, method):
    made = spec(method=method, epochs=4, noise=NOISE)
    first = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    epochs = iter(first)
    next(epochs), next(epochs), next(epochs)  # asked for the third: two are saved
    resumed = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    assert resumed.info.resumed_epoch == 2
    whole = iter(Trainer(made, data_dir=data_dir))
    next(whole), next(whole)
    for report, other in zip(whole, resumed, strict=True):
        assert_same(report, other)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
@pytest.mark.parametrize("name", NAMES)
def test_half_precision_is_computed_in_float32(name, dtype):
    logits, targets = batch(16, 10)
    half = logits.detach().to(dtype).requires_grad_()
    full = half.detach().float().requires_grad_()
    step = step_at(torch.arange(16))
    criterion = criterion_for(name)
    other = copy.deepcopy(criterion)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = compute_loss(criterion, half, targets, step)
    expected = compute_loss(other, full, targets, step)
    assert loss.dtype == torch.float32
    # A teacher is a network: autocast is right to compute it in half precision.
    tolerance = 1e-3 if name in ("tf_kd_self", "cs_kd") else 2e-5
    torch.testing.assert_close(loss, expected, rtol=tolerance, atol=1e-6)
    loss.backward()
    expected.backward()
    torch.testing.assert_close(half.grad.float(), full.grad, rtol=1e-2, atol=1e-4)


@pytest.mark.parametrize("name", NAMES)
def test_its_gradient_is_finite_for_certain_predictions(name):
    logits = torch.tensor([[300.0, 0, 0, 0], [-300, 0, 0, 0], [0, 0, 0, 0]], requires_grad=True)
    criterion = criterion_for(name, samples=3, classes=4)
    loss = compute_loss(criterion, logits, torch.tensor([1, 0, 2]), step_at(torch.arange(3)))
    loss.backward()
    assert loss.isfinite()
    assert logits.grad.isfinite().all()


@pytest.mark.parametrize("name", [m for m in NAMES if m not in UNMIXED])
def test_a_one_hot_mixture_is_the_label_and_a_real_one_trains(name):
    logits, targets = batch(16, 10)
    step = step_at(torch.arange(16))
    hard, soft = criterion_for(name), criterion_for(name)
    soft.load_state_dict(hard.state_dict())
    one_hot = torch.nn.functional.one_hot(targets, 10).float()
    expected = compute_loss(hard, logits, targets, step)
    torch.testing.assert_close(compute_loss(soft, logits, one_hot, step), expected)
    mixed = compute_loss(soft, logits, mixed_targets(targets, 10), step)
    (gradient,) = torch.autograd.grad(mixed, logits)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("name", NAMES)
def test_a_step_never_waits_for_the_device(name):
    logits, targets = batch(16, 10)
    criterion, step = criterion_for(name), step_at(torch.arange(16))
    compute_loss(criterion, logits, targets, step).backward()  # what is built once
    with CountCalls() as counter:
        compute_loss(criterion, logits, targets, step).backward()
    assert counter.syncs == []


@pytest.mark.parametrize("name", NAMES)
def test_logits_and_targets_of_other_shapes_are_refused(name):
    logits, targets = batch(16, 10)
    criterion, step = criterion_for(name), step_at(torch.arange(16))
    with pytest.raises((ValueError, RuntimeError)):
        compute_loss(criterion, logits, targets[:7], step)


def test_an_estimated_matrix_excludes_mixing():
    with pytest.raises(SpecError, match=r"method.transition estimated exclude each other"):
        RunSpec.parse({"method": ESTIMATED[0], "augment": {"mix": "mixup"}})


@pytest.mark.parametrize("name", REMEMBERING)
def test_a_loop_of_ones_own_is_told_to_give_the_labels(name):
    with pytest.raises(ValueError, match="give `labels`"):
        build_criterion(RunSpec.parse({"method": name}).method, 10)


def test_an_epoch_of_a_plain_loss_has_no_hooks():
    plain = torch.nn.CrossEntropyLoss()
    assert begin_epoch(plain, 1, 1, torch.nn.Identity()) is False
    end_epoch(plain)


@pytest.mark.parametrize("name", ["label_smoothing_pp", "tf_kd_self", "elr"])
def test_it_trains_in_mixed_precision(spec, data_dir, name):
    made = spec(method=name, epochs=2, precision="bf16", model={"width": 8})
    reports = list(Trainer(made, data_dir=data_dir))
    assert all(np.isfinite(report.metrics["train_loss"]) for report in reports)
    assert reports[-1].metrics["train_top1"] > reports[0].metrics["train_top1"]
