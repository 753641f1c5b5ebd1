"""Every method against a loop over samples in float64: after two epochs, with samples that have no
label, in each reduction, in other shapes, in half precision with 20,000 classes, and mixed."""

from __future__ import annotations

import copy
from importlib import import_module

import numpy as np
import pytest
import torch
from torch import nn

from ols.errors import SpecError
from ols.methods import build_criterion
from ols.methods.criterion import Criterion, Step, begin_epoch, compute_loss, end_epoch
from ols.methods.ols import OnlineLabelSmoothing
from ols.spec.catalogue import METHODS as ENTRIES
from ols.spec.parts.noise import Noise
from ols.spec.run_spec import RunSpec
from tests.ols.data.test_batches import make_batches
from tests.ols.method_references import REFERENCES, per_sample
from tests.ols.reference import SAMPLES, batch, images_of

METHODS = [entry.name for entry in ENTRIES]
UNMIXED = [entry.name for entry in ENTRIES if entry.part().clash_with_mixing()]
NOISE = Noise(kind="pair_flip", rate=0.2)
WEIGHTED = ("hard", "label_smoothing", "ols")  # take class weights
# A matrix K x K is learned, inverted, multiplied with or (here, by cs_kd) remembered.
SMALLER = {
    **dict.fromkeys(("label_smoothing_pp", "forward_correction", "cs_kd", "ols_plus"), 2_000),
    "backward_correction": 200,
}
TEACHERS = ("tf_kd_self", "cs_kd")  # which autocast computes in half precision
FOLLOW_SAMPLES = (*UNMIXED, "disturb_label", "tf_kd_self")


class Answers(nn.Module):
    """A network whose answer to a sample is its image."""

    def __init__(self, classes):
        super().__init__()
        self.scale = nn.Parameter(torch.ones(classes))

    def forward(self, images):
        return images * self.scale


def trained(name, classes, epochs=2):
    """A criterion after some epochs on a training set, in the next, and the set's labels."""
    logits, labels = batch(SAMPLES, classes, seed=3)
    model = Answers(classes)
    part = RunSpec.parse({"method": name}).method
    criterion = build_criterion(part, classes, labels=labels, noise=NOISE, model=model)
    for epoch in range(1, epochs + 1):
        begin_epoch(criterion, epoch, epochs + 1, model)
        for indices in torch.randperm(SAMPLES).split(20):
            shift = torch.randn(len(indices), classes) / epoch
            step = Step(indices, images_of(indices, classes))
            compute_loss(criterion, logits[indices].detach() + shift, labels[indices], step)
        if name == "ols":
            criterion.end_epoch()
        end_epoch(criterion)
    begin_epoch(criterion, epochs + 1, epochs + 1, model)
    return criterion, labels


def reference(name, criterion, logits, labels, indices):
    """(B,) in float64; a method that is not in the table has its reference in its own tests."""
    if name == "tf_kd_self":
        criterion.answers = criterion.teacher(images_of(indices, logits.shape[1]))
    z = logits.detach().double().numpy()
    function = REFERENCES.get(name)
    if function is None:
        function = per_sample(import_module(f"tests.ols.methods.test_{name}").reference)
    return function(z, labels.tolist(), criterion, indices.tolist())


def ignore(criterion, reduction):
    """As if it had been built with ignore_index=-100 and this reduction."""
    criterion.reduction, criterion.ignore_index = reduction, -100
    if isinstance(criterion, OnlineLabelSmoothing):
        criterion._table.ignore_index = -100
        criterion._build_table()


def reduced(losses, reduction, total):
    return {"none": losses, "sum": losses.sum(), "mean": losses.sum() / total}[reduction]


# -- samples without a label (pytorch#73205), class weights, reductions ---------------------------


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", METHODS)
def test_ignored_samples_count_as_if_they_were_not_there(name, reduction):
    criterion, labels = trained(name, 10)
    ignore(criterion, reduction)
    indices = torch.arange(5, 29)
    logits, targets = batch(24, 10, seed=9)[0], labels[indices].clone()
    targets[::5] = -100
    kept = targets.ne(-100)
    expected = reference(name, criterion, logits[kept], targets[kept], indices[kept])
    step = Step(indices, images_of(indices, 10))
    loss = compute_loss(criterion, logits, targets, step)
    if reduction == "none":
        assert loss.shape == (24,)
        assert not loss[~kept].any()
        loss_of_kept = loss[kept]
    else:
        loss_of_kept = loss
    np.testing.assert_allclose(
        loss_of_kept.detach(), reduced(expected, reduction, len(expected)), rtol=2e-5, atol=2e-5
    )
    loss.sum().backward()
    assert not logits.grad[~kept].any()
    assert logits.grad[kept].abs().sum(1).gt(0).all()


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", WEIGHTED)
def test_class_weights_with_ignored_samples(name, reduction):
    criterion, labels = trained(name, 10)
    weight = torch.linspace(0.5, 2, 10)
    criterion.weight = weight
    ignore(criterion, reduction)
    logits, targets = batch(24, 10, seed=9)[0], labels[:24].clone()
    targets[::5] = -100
    kept = targets.ne(-100)
    loss = criterion(logits, targets)
    # As in nn.CrossEntropyLoss, a weight multiplies its class's term of the sum.
    target = torch.nn.functional.one_hot(targets[kept], 10).double()
    if name == "label_smoothing":
        target = 0.9 * target + 0.1 / 10
    if name == "ols":
        target = 0.5 * target + 0.5 * criterion.soft_labels[targets[kept]].double()
    log_p = logits[kept].detach().double().log_softmax(1)
    expected = -(target * weight.double() * log_p).sum(1).numpy()
    total = weight.double()[targets[kept]].sum().item()
    got = loss[kept] if reduction == "none" else loss
    np.testing.assert_allclose(got.detach(), reduced(expected, reduction, total), rtol=2e-5)


# PyTorch's own ignore -100 unasked; two go by the labels that they were built with.
@pytest.mark.parametrize(
    "name",
    [m for m in METHODS if m not in ("hard", "label_smoothing", "joint_optimization", "sat")],
)
def test_a_label_that_was_not_declared_as_none_is_an_error_in_words(name):
    criterion, labels = trained(name, 10)
    targets = labels[:8].clone()
    for wrong in (-100, 10):
        targets[3] = wrong
        step = Step(torch.arange(8), images_of(torch.arange(8), 10))
        with pytest.raises(ValueError, match=rf"target {wrong} is out of range: with 10 classes"):
            compute_loss(criterion, batch(8, 10)[0], targets, step)


@pytest.mark.parametrize("name", ["ps_kd", "joint_optimization", "sat"])
def test_a_training_set_with_a_missing_label_is_refused(name):
    labels = torch.tensor([0, 1, -100])
    with pytest.raises(ValueError, match="target -100 is out of range"):
        build_criterion(RunSpec.parse({"method": name}).method, 10, labels=labels)


@pytest.mark.parametrize("name", METHODS)
def test_a_batch_without_any_label_costs_nothing(name):
    criterion, _ = trained(name, 10)
    ignore(criterion, "sum")
    logits = batch(6, 10)[0]
    step = Step(torch.arange(6), images_of(torch.arange(6), 10))
    loss = compute_loss(criterion, logits, torch.full((6,), -100), step)
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


# -- shapes, as nn.CrossEntropyLoss takes them ----------------------------------------------------


@pytest.mark.parametrize("name", [name for name in METHODS if name not in FOLLOW_SAMPLES])
@pytest.mark.parametrize("shape", [(4, 10, 6), (2, 10, 3, 4), (10,)])
@pytest.mark.parametrize("mixed", [False, True])
def test_logits_of_other_shapes_are_rows_of_samples(name, shape, mixed):
    criterion, _ = trained(name, 10)
    criterion.reduction = "none"
    logits = torch.randn(shape, generator=torch.Generator().manual_seed(1), requires_grad=True)
    axis = min(1, len(shape) - 1)
    places = shape[:axis] + shape[axis + 1 :]
    targets = torch.randint(10, places, generator=torch.Generator().manual_seed(2))
    if mixed:
        one_hot = torch.nn.functional.one_hot(targets, 10).float()
        targets = (0.7 * one_hot + 0.03).movedim(-1, axis)
    rows = logits.movedim(axis, -1).reshape(-1, 10)
    flat = targets.movedim(axis, -1).reshape(-1, 10) if mixed else targets.reshape(-1)
    other = copy.deepcopy(criterion)
    loss, expected = criterion(logits, targets), other(rows, flat)
    assert loss.shape == places
    torch.testing.assert_close(loss.reshape(-1), expected)
    loss.sum().backward()
    assert logits.grad.isfinite().all()
    other.reduction = criterion.reduction = "mean"
    torch.testing.assert_close(criterion(logits, targets), other(rows, flat))
    if name == "ols":
        torch.testing.assert_close(criterion.statistics.sums, other.statistics.sums)


@pytest.mark.parametrize("name", FOLLOW_SAMPLES)
def test_what_follows_samples_takes_no_other_shape(name):
    criterion, _ = trained(name, 10)
    step = Step(torch.arange(4), torch.zeros(4, 10))
    with pytest.raises(ValueError, match=r"logits must have shape \(batch, K\), not \(4, 10, 3\)"):
        criterion(torch.zeros(4, 10, 3), torch.zeros(4, 3, dtype=torch.int64), step)
    with pytest.raises(ValueError, match="call it with a Step too"):
        criterion(torch.zeros(4, 10), torch.zeros(4, dtype=torch.int64))


# -- half precision (transformers#10674) ----------------------------------------------------------


def exact_gradient(criterion, logits, labels, step):
    """In float64: of a copy, or for the largest matrix in closed form."""
    z = logits.detach().double().requires_grad_()
    if isinstance(criterion, OnlineLabelSmoothing):
        target = 0.5 * criterion.soft_labels[labels].double()
        target[torch.arange(len(labels)), labels] += 0.5
        return (z.softmax(1) - target).detach() / len(labels)
    other = copy.deepcopy(criterion).double()
    compute_loss(other, z, labels, Step(step.indices, step.images.double())).backward()
    return z.grad


@pytest.mark.slow
@pytest.mark.parametrize("name", METHODS)
def test_20_000_classes_in_half_precision_under_autocast(name):
    """Logits within +-60, and a row with a single huge one, which is not the target's."""
    classes = SMALLER.get(name, 20_000)
    criterion, labels = trained(name, classes, epochs=1)
    indices = torch.arange(8)
    generator = torch.Generator().manual_seed(0)
    logits = (120 * torch.rand(8, classes, generator=generator) - 60).half()
    logits[5] = 0
    logits[5, (labels[5] + 1) % classes] = 60_000.0
    logits.requires_grad_()
    step = Step(indices, images_of(indices, classes))
    expected = reference(name, criterion, logits, labels[:8], indices)
    exact = exact_gradient(criterion, logits, labels[:8], step)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        loss = compute_loss(criterion, logits, labels[:8], step)
    loss.backward()
    assert loss.dtype == torch.float32
    assert logits.grad.isfinite().all()
    tolerance = 1e-2 if name in TEACHERS else 2e-5
    np.testing.assert_allclose(loss.item(), expected.mean(), rtol=tolerance)
    np.testing.assert_allclose(logits.grad.double(), exact.half().double(), rtol=2e-2, atol=1e-3)


# -- mixed images (deit#91) -----------------------------------------------------------------------


@pytest.mark.parametrize("mix", ["none", "mixup", "cutmix"])
@pytest.mark.parametrize("name", METHODS)
def test_a_mixed_batchs_loss_is_the_share_weighted_sum(name, mix):
    augment = {"mix": mix, "mix_probability": 0.5}
    if name in UNMIXED and mix != "none":
        with pytest.raises(SpecError, match="exclude each other"):
            RunSpec.parse({"method": name, "augment": augment})
        return
    spec = RunSpec.parse({"method": name, "augment": augment})
    split, batches = make_batches(count=59, batch_size=7, augment=spec.augment)
    classes = int(split.labels.max()) + 1
    criterion, _ = trained(name, classes)
    mixed = 0
    for number, images in enumerate(batches):
        logits = batch(len(images.labels), classes, seed=number)[0]
        indices = images.indices % SAMPLES
        step = Step(indices, images_of(indices, classes))
        loss = compute_loss(copy.deepcopy(criterion), logits, images.targets(classes), step)
        own = compute_loss(copy.deepcopy(criterion), logits, images.labels, step)
        expected = own
        if images.others is not None:
            mixed += 1
            other = compute_loss(copy.deepcopy(criterion), logits, images.others, step)
            expected = images.share * own + (1 - images.share) * other
        torch.testing.assert_close(loss, expected, rtol=1e-5, atol=1e-5)
    assert (0 < mixed < len(batches)) == (mix != "none")


@pytest.mark.parametrize("name", [name for name in METHODS if name not in UNMIXED])
def test_gradients_of_a_mixed_batch_are_share_weighted_too(name):
    criterion, _ = trained(name, 10)
    logits, targets = batch(7, 10, dtype=torch.float64)
    others, indices = targets.roll(1), torch.arange(7)
    step = Step(indices, images_of(indices, 10).double())
    criterion = criterion.double()

    def gradient(given):
        loss = compute_loss(copy.deepcopy(criterion), logits, given, step)
        return torch.autograd.grad(loss, logits)[0]

    one_hots = (torch.nn.functional.one_hot(labels, 10).double() for labels in (targets, others))
    mixed = sum(share * one for share, one in zip((0.6, 0.4), one_hots, strict=True))
    torch.testing.assert_close(gradient(mixed), 0.6 * gradient(targets) + 0.4 * gradient(others))


def test_all_but_three_are_criteria():
    plain = [name for name in METHODS if not isinstance(trained(name, 4)[0], Criterion)]
    assert plain == ["hard", "label_smoothing", "ols"]
