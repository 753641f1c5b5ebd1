"""Weights, reductions and mixed targets, against the float64 reference and PyTorch's own loss."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st

from ols.methods.ols import OnlineLabelSmoothing
from tests.ols.reference import batch, mixed_targets, reference_losses, reference_soft_labels

REDUCTIONS = ("mean", "sum", "none")


def reduced(losses, reduction, total=None):
    if reduction == "none":
        return losses
    return losses.sum() / ((total or len(losses)) if reduction == "mean" else 1)


@given(
    classes=st.integers(2, 40),
    size=st.integers(1, 50),
    hard=st.floats(0, 2),
    soft=st.floats(0.1, 2),
    weighted=st.booleans(),
    mixed=st.booleans(),
    reduction=st.sampled_from(REDUCTIONS),
    training=st.booleans(),
    seed=st.integers(0, 1000),
)
def test_loss_and_gradient_match_the_reference(
    classes, size, hard, soft, weighted, mixed, reduction, training, seed
):
    logits, targets = batch(size, classes, seed, torch.float64)
    weight = torch.rand(classes, generator=torch.Generator().manual_seed(seed)) + 0.1
    criterion = OnlineLabelSmoothing(
        classes,
        hard_weight=hard,
        soft_weight=soft,
        weight=weight if weighted else None,
        reduction=reduction,
    ).double()
    criterion(*batch(3 * classes, classes, seed + 1, torch.float64))
    criterion.end_epoch()
    criterion.train(training)
    q = F.one_hot(targets, classes).double()
    if mixed:
        q = targets = mixed_targets(targets, classes).double()
    loss = criterion(logits, targets)
    learned = criterion.soft_labels.numpy()
    w = weight.double().numpy() if weighted else None
    expected = reference_losses(logits, q, learned, hard, soft, w)
    total = float((q.numpy() @ w).sum()) if weighted else None
    np.testing.assert_allclose(
        loss.detach().numpy(), reduced(expected, reduction, total), rtol=1e-12, atol=1e-12
    )
    # The gradient, from the closed form written out: p * sum(target) - target.
    target = (hard * q + soft * q @ criterion.soft_labels) * (weight if weighted else 1.0)
    p = torch.softmax(logits.detach(), 1)
    gradient = p * target.sum(1, keepdim=True) - target
    if reduction == "mean":
        gradient /= total or size
    (loss.sum() if reduction == "none" else loss).backward()
    torch.testing.assert_close(logits.grad, gradient, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("total", [1 - 1e-5, 1 + 1e-6, 1.0])
def test_weights_that_all_but_sum_to_one_are_exact_too(total):
    logits, targets = batch(8, 4, dtype=torch.float64)
    criterion = OnlineLabelSmoothing(4, hard_weight=0.0, soft_weight=total).double()
    (ours,) = torch.autograd.grad(criterion(logits, targets), logits)
    (plain,) = torch.autograd.grad(criterion.eval()(logits, targets), logits)
    torch.testing.assert_close(ours, plain, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("epsilon", [0.0, 0.1])
def test_its_limits_are_pytorchs_loss_with_weights_and_ignored_targets(
    training, reduction, epsilon
):
    logits, targets = batch(60, 10)
    targets[::7] = -100
    weight = torch.rand(10) + 0.5
    criterion = OnlineLabelSmoothing(10, alpha=1 - epsilon, weight=weight, reduction=reduction)
    criterion.train(training)
    ours = criterion(logits, targets)
    theirs = F.cross_entropy(logits, targets, weight, reduction=reduction, label_smoothing=epsilon)
    torch.testing.assert_close(ours, theirs)
    (mine,) = torch.autograd.grad(ours.sum(), logits)
    (expected,) = torch.autograd.grad(theirs.sum(), logits)
    torch.testing.assert_close(mine, expected)


@pytest.mark.parametrize("training", [True, False])
def test_no_reduction_takes_a_gradient_for_each_sample(training):
    logits, targets = batch(30, 10)
    criterion = OnlineLabelSmoothing(10, reduction="none").train(training)
    upstream = torch.rand(30)
    criterion(logits, targets).backward(upstream)
    single, rows = OnlineLabelSmoothing(10, reduction="sum"), []
    for i in range(30):
        row = logits[i : i + 1].detach().requires_grad_()
        (single(row, targets[i : i + 1]) * upstream[i]).backward()
        rows.append(row.grad)
    torch.testing.assert_close(logits.grad, torch.cat(rows))


def test_the_authors_fine_grained_weights_are_twice_the_paper_loss():
    """They add both terms with weight 1; here that is said, not hidden in the code."""
    logits, targets = batch(30, 10)
    paper = OnlineLabelSmoothing(10)(logits, targets)
    theirs = OnlineLabelSmoothing(10, hard_weight=1.0, soft_weight=1.0)(logits, targets)
    torch.testing.assert_close(theirs, 2 * paper)


@pytest.mark.parametrize("training", [True, False])
def test_one_hot_mixed_targets_are_class_indices(training):
    logits, targets = batch(60, 12)
    one, other = (OnlineLabelSmoothing(12).train(training) for _ in range(2))
    torch.testing.assert_close(
        one(logits, targets), other(logits, F.one_hot(targets, 12).float()), rtol=0, atol=3e-6
    )
    torch.testing.assert_close(one.statistics.sums, other.statistics.sums)


def test_the_loss_is_linear_in_a_mixed_target():
    logits, targets = batch(60, 12)
    other = targets.roll(1)
    criterion = OnlineLabelSmoothing(12)
    mixed = criterion(logits, mixed_targets(targets, 12, 0.7))
    both = 0.7 * criterion(logits, targets) + 0.3 * criterion(logits, other)
    torch.testing.assert_close(mixed, both)


def test_a_mixed_sample_counts_for_its_dominant_class():
    logits, targets = batch(60, 12)
    criterion = OnlineLabelSmoothing(12)
    criterion(logits, mixed_targets(targets, 12, 0.7))
    criterion.end_epoch()
    expected = reference_soft_labels([(logits, targets)], 12)
    assert np.abs(criterion.soft_labels.numpy() - expected).max() < 5e-7


def test_mixed_targets_are_not_multiplied_in_half_precision_under_autocast():
    logits, targets = batch(60, 12)
    mixed = mixed_targets(targets, 12)
    plain = OnlineLabelSmoothing(12)(logits, mixed)
    for training in (True, False):
        criterion = OnlineLabelSmoothing(12).train(training)
        with torch.autocast("cpu", dtype=torch.bfloat16):
            torch.testing.assert_close(criterion(logits, mixed), plain, rtol=0, atol=3e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"weight": torch.ones(3)}, r"weight must have shape \(10,\)"),
        ({"weight": -torch.ones(10)}, "not negative"),
        ({"weight": torch.full((10,), torch.nan)}, "finite"),
        ({"reduction": "max"}, "reduction must be mean, sum or none"),
        ({"soft_weight": -1}, "soft_weight"),
        ({"hard_weight": 0.0, "soft_weight": 0.0}, "both terms weigh 0"),
    ],
)
def test_wrong_weights_are_refused(options, message):
    with pytest.raises(ValueError, match=message):
        OnlineLabelSmoothing(10, **options)


@pytest.mark.parametrize("reduction", REDUCTIONS)
@pytest.mark.parametrize("mixed", [True, False])
def test_an_empty_batch(reduction, mixed):
    logits = torch.zeros(0, 10, requires_grad=True)
    targets = torch.zeros(0, 10) if mixed else torch.zeros(0, dtype=torch.int64)
    loss = OnlineLabelSmoothing(10, reduction=reduction)(logits, targets)
    loss.sum().backward()
    assert loss.sum().item() == 0
    assert loss.shape == ((0,) if reduction == "none" else ())


@pytest.mark.parametrize("training", [True, False])
def test_ignored_targets_of_weighted_classes_cost_zero(training):
    logits, _ = batch(5, 4)
    criterion = OnlineLabelSmoothing(4, weight=torch.tensor([0.0, 1, 1, 1])).train(training)
    for targets in (torch.full((5,), -100), torch.zeros(5, dtype=torch.int64)):
        loss = criterion(logits, targets)
        assert loss.isfinite()
