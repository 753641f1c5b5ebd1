"""The loss against a float64 reference, its limits, and each fault of public code."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ols.methods import build_criterion
from ols.methods.ols import OnlineLabelSmoothing
from ols.spec.methods.ols import OnlineLabelSmoothing as OnlineLabelSmoothingSpec
from tests.ols.reference import (
    CountCalls,
    batch,
    mixed_targets,
    reference_loss,
    reference_soft_labels,
)

VIEWS = ("detach", "slice", "view", "expand", "unsqueeze", "select", "t", "alias")


@pytest.mark.parametrize(("size", "classes"), [(128, 10), (128, 100), (64, 200), (32, 1000)])
@pytest.mark.parametrize(
    ("dtype", "loss_tolerance", "gradient_tolerance", "soft_tolerance"),
    [(torch.float32, 3e-6, 2e-6, 5e-7), (torch.float64, 1e-13, 1e-13, 1e-13)],
)
def test_loss_gradient_and_soft_labels_match_a_float64_reference(
    size, classes, dtype, loss_tolerance, gradient_tolerance, soft_tolerance
):
    criterion = OnlineLabelSmoothing(classes, alpha=0.3).to(dtype)
    soft = np.full((classes, classes), 1 / classes)
    for epoch in range(2):
        batches = [batch(size, classes, 10 * epoch + i, dtype) for i in range(3)]
        for logits, targets in batches:
            loss = criterion(logits, targets)
            loss.backward()
            assert abs(loss.item() - reference_loss(logits, targets, soft, 0.3)) < loss_tolerance
            p = torch.softmax(logits.detach().double(), 1)
            target = (
                0.3 * F.one_hot(targets, classes).double() + 0.7 * torch.from_numpy(soft)[targets]
            )
            assert ((logits.grad * size).double() - (p - target)).abs().max() < gradient_tolerance
        criterion.end_epoch()
        soft = reference_soft_labels(batches, classes)
        assert np.abs(criterion.soft_labels.double().numpy() - soft).max() < soft_tolerance


def test_gradcheck():
    criterion = OnlineLabelSmoothing(5).double()
    logits, targets = batch(7, 5, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda z: criterion(z, targets), (logits,))


def test_gradient_is_right_when_targets_do_not_sum_to_one():
    criterion = OnlineLabelSmoothing(5, alpha=0.3, initial="zeros").double()
    logits, targets = batch(7, 5, dtype=torch.float64)
    assert torch.autograd.gradcheck(lambda z: criterion(z, targets), (logits,))
    hard = F.cross_entropy(logits, targets)
    torch.testing.assert_close(criterion(logits, targets), 0.3 * hard)


def test_alpha_one_is_cross_entropy():
    logits, targets = batch(64, 10)
    criterion = OnlineLabelSmoothing(10, alpha=1.0)
    torch.testing.assert_close(criterion(logits, targets), F.cross_entropy(logits, targets))


@pytest.mark.parametrize("epsilon", [0.0, 0.1, 0.5, 1.0])
def test_uniform_soft_labels_are_label_smoothing(epsilon):
    logits, targets = batch(64, 10)
    criterion = OnlineLabelSmoothing(10, alpha=1 - epsilon)
    expected = F.cross_entropy(logits, targets, label_smoothing=epsilon)
    torch.testing.assert_close(criterion(logits, targets), expected)


@given(
    classes=st.integers(2, 30),
    size=st.integers(1, 60),
    scale=st.floats(0.01, 50),
    seed=st.integers(0, 1000),
)
def test_rows_sum_to_one_and_the_target_is_largest(classes, size, scale, seed):
    criterion = OnlineLabelSmoothing(classes)
    logits, targets = batch(size, classes, seed)
    criterion((logits * scale).detach(), targets)
    hit = ~criterion.statistics.without_hit()
    criterion.end_epoch()
    soft = criterion.soft_labels
    assert (soft >= 0).all()
    torch.testing.assert_close(soft.sum(1), torch.ones(classes), rtol=0, atol=1e-5)
    own = soft.diagonal()[hit]
    assert (own >= soft.max(1).values[hit] - 1e-7).all()


def test_every_duplicate_of_a_class_in_a_batch_is_counted():
    """`S[y] += p` keeps one sample of each class: 16-42% of them are lost at K = 100."""
    logits = torch.tensor([[5.0, 0, 0], [4.0, 1, 0], [3.0, 0, 2], [0, 5.0, 0]])
    criterion = OnlineLabelSmoothing(3)
    criterion(logits, torch.tensor([0, 0, 0, 1]))
    assert float(criterion.statistics.sums[0].sum()) == pytest.approx(3)


def test_one_batch_or_many_give_the_same_soft_labels():
    logits, targets = batch(90, 10)
    whole, parts = OnlineLabelSmoothing(10), OnlineLabelSmoothing(10)
    whole(logits, targets)
    for start in range(0, 90, 30):
        parts(logits[start : start + 30], targets[start : start + 30])
    whole.end_epoch()
    parts.end_epoch()
    torch.testing.assert_close(whole.soft_labels, parts.soft_labels)


def test_resume_keeps_soft_labels_and_running_sums():
    """Public code leaves S out of the checkpoint, or stores it an epoch late."""
    logits, targets = batch(60, 10)
    original = OnlineLabelSmoothing(10)
    original(logits, targets)
    original.end_epoch()
    original(logits[:30], targets[:30])
    file = io.BytesIO()
    torch.save(original.state_dict(), file)
    file.seek(0)
    resumed = OnlineLabelSmoothing(10)
    resumed.load_state_dict(torch.load(file, weights_only=True))
    for criterion in (original, resumed):
        criterion(logits[30:], targets[30:])
    assert torch.equal(original(logits, targets), resumed(logits, targets))
    original.end_epoch()
    resumed.end_epoch()
    assert torch.equal(original.soft_labels, resumed.soft_labels)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16])
def test_half_precision_logits_are_computed_with_in_float32(dtype):
    logits, targets = batch(128, 100, dtype=dtype)
    half, full = OnlineLabelSmoothing(100), OnlineLabelSmoothing(100)
    loss = half(logits, targets)
    loss.backward()
    assert loss.dtype == torch.float32
    assert logits.grad.dtype == dtype
    torch.testing.assert_close(loss, full(logits.detach().float(), targets))
    half.end_epoch()
    full.end_epoch()
    torch.testing.assert_close(half.soft_labels, full.soft_labels, rtol=0, atol=1e-6)


def test_a_module_moved_to_half_keeps_float32_sums():
    criterion = nn.Sequential(OnlineLabelSmoothing(10)).to(torch.bfloat16)[0]
    assert criterion.soft_labels.dtype == torch.float32
    assert criterion.statistics.sums.dtype == torch.float32
    logits = torch.zeros(1000, 10)
    logits[:, 0] = 20
    criterion(logits, torch.zeros(1000, dtype=torch.int64))
    assert float(criterion.statistics.sums[0, 0]) == pytest.approx(1000)


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_a_row_that_is_not_finite_is_never_counted(value):
    logits, targets = batch(20, 5)
    clean, hurt = OnlineLabelSmoothing(5), OnlineLabelSmoothing(5)
    keep = torch.arange(20) != 4
    clean(logits[keep], targets[keep])
    broken = logits.detach().clone()
    broken[4, (int(targets[4]) + 1) % 5] = value
    hurt(broken, targets)
    clean.end_epoch()
    hurt.end_epoch()
    # Not bit for bit: a batch of another size is vectorised otherwise.
    torch.testing.assert_close(clean.soft_labels, hurt.soft_labels, rtol=0, atol=1e-7)


def test_ignored_targets_change_neither_loss_nor_gradient_nor_soft_labels():
    """-100 used as an index silently means row K - 100."""
    logits, targets = batch(40, 120)
    ignored = torch.arange(40) % 3 == 0
    masked = targets.masked_fill(ignored, -100)
    some, rest = OnlineLabelSmoothing(120), OnlineLabelSmoothing(120)
    loss = some(logits, masked)
    loss.backward()
    gradient, logits.grad = logits.grad, None
    expected = rest(logits[~ignored], targets[~ignored])
    expected.backward()
    torch.testing.assert_close(loss, expected)
    torch.testing.assert_close(gradient, logits.grad)
    some.end_epoch()
    rest.end_epoch()
    torch.testing.assert_close(some.soft_labels, rest.soft_labels)


def test_an_ignored_row_of_nan_hurts_nothing():
    logits, targets = batch(6, 4)
    broken = logits.detach().clone()
    broken[2] = torch.nan
    broken.requires_grad_()
    targets[2] = -100
    loss = OnlineLabelSmoothing(4)(broken, targets)
    loss.backward()
    assert loss.isfinite()
    assert broken.grad.isfinite().all()


def test_ignore_index_may_be_a_class():
    logits, targets = batch(40, 4)
    loss = OnlineLabelSmoothing(4, ignore_index=3)(logits, targets)
    kept = targets != 3
    torch.testing.assert_close(loss, OnlineLabelSmoothing(4)(logits[kept], targets[kept]))


@pytest.mark.parametrize("wrong", [10, 99, -1, -99])
def test_a_target_out_of_range_names_value_and_range(wrong):
    logits, targets = batch(8, 10)
    targets[3] = wrong
    criterion = OnlineLabelSmoothing(10)
    with pytest.raises(ValueError, match=rf"target {wrong} is out of range.*\[0, 9\]"):
        criterion(logits, targets)
    assert not criterion.statistics.sums.any()


@pytest.mark.parametrize(
    ("logits", "targets", "message"),
    [
        (torch.zeros(4, 9), torch.zeros(4, dtype=torch.int64), "logits must have shape"),
        (torch.zeros(4), torch.zeros(4, dtype=torch.int64), "logits must have shape"),
        (torch.zeros(4, 10), torch.zeros(3, dtype=torch.int64), "targets must have shape"),
        (torch.zeros(4, 10), torch.zeros(4), "int64 class indices"),
        (torch.zeros(4, 10), torch.zeros(4, dtype=torch.int32), "int64 class indices"),
        (torch.zeros(4, 10), torch.zeros(4, 9), "mixed targets must have shape"),
        (torch.zeros(4, 10, dtype=torch.int64), torch.zeros(4, 10), "floating point"),
    ],
)
def test_wrong_shapes_are_named(logits, targets, message):
    with pytest.raises(ValueError, match=message):
        OnlineLabelSmoothing(10)(logits, targets)


@pytest.mark.parametrize("option", [{"alpha": 2}, {"period": 0}, {"initial": "x"}, {"alpha": -1}])
def test_wrong_options_are_refused(option):
    with pytest.raises(ValueError, match=next(iter(option))):
        OnlineLabelSmoothing(10, **option)


def test_an_empty_batch_costs_zero():
    logits = torch.zeros(0, 10, requires_grad=True)
    loss = OnlineLabelSmoothing(10)(logits, torch.zeros(0, dtype=torch.int64))
    loss.backward()
    assert loss.item() == 0


def test_a_batch_of_ignored_targets_costs_zero():
    logits, targets = batch(6, 4)
    loss = OnlineLabelSmoothing(4)(logits, torch.full_like(targets, -100))
    loss.backward()
    assert loss.item() == 0
    assert not logits.grad.any()


def test_tied_logits_hit_only_the_first_class():
    """amax would count every sample of a zero-initialised head as a hit."""
    criterion = OnlineLabelSmoothing(10)
    criterion(torch.zeros(30, 10), torch.arange(30) % 10)
    assert criterion.statistics.without_hit().tolist() == [False] + [True] * 9


@given(
    classes=st.sampled_from([2, 7, 10, 16, 33, 300]),
    values=st.integers(1, 3),
    dtype=st.sampled_from([torch.float32, torch.bfloat16, torch.float64]),
    seed=st.integers(0, 1000),
)
def test_of_tied_logits_the_first_is_the_prediction(classes, values, dtype, seed):
    generator = torch.Generator().manual_seed(seed)
    logits = torch.randint(values, (50, classes), generator=generator).to(dtype)
    targets = torch.randint(classes, (50,), generator=generator)
    targets[::2] = torch.from_numpy(logits[::2].double().numpy().argmax(1))  # NumPy's: the first
    criterion = OnlineLabelSmoothing(classes)
    criterion(logits, targets)
    criterion.end_epoch()
    expected = reference_soft_labels([(logits, targets)], classes)
    assert np.abs(criterion.soft_labels.numpy() - expected).max() < 1e-6


def test_evaluation_mode_gathers_nothing():
    logits, targets = batch(20, 5)
    criterion = OnlineLabelSmoothing(5).eval()
    criterion(logits, targets)
    assert not criterion.statistics.sums.any()


@pytest.mark.parametrize("guard", [torch.no_grad, torch.inference_mode])
def test_a_validation_that_forgot_eval_teaches_nothing(guard):
    criterion = OnlineLabelSmoothing(5)
    training, validation = batch(60, 5), batch(60, 5, seed=1)
    criterion(*training)
    before = criterion.statistics.sums.clone()
    for labels in (validation[1], mixed_targets(validation[1], 5)):
        with guard():
            loss = criterion(validation[0].detach(), labels)
        torch.testing.assert_close(loss, OnlineLabelSmoothing(5)(validation[0], labels).detach())
    assert torch.equal(criterion.statistics.sums, before)


@pytest.mark.parametrize("ignore_index", [-100, None])
def test_a_step_never_waits_and_takes_few_calls(ignore_index):
    criterion = OnlineLabelSmoothing(10, ignore_index=ignore_index)
    logits, targets = batch(128, 10)
    criterion(logits, targets)  # what depends on the batch's size is made once
    with CountCalls() as counter:
        loss = criterion(logits, targets)
        loss.backward(torch.ones(()))  # made here: the seed of backward() is not the loss's
    assert not counter.syncs
    calls = [call for call in counter.calls if call not in (*VIEWS, "ones")]
    assert len(calls) <= 16, calls


def test_backward_twice_gives_the_same_gradient():
    logits, targets = batch(4, 3)
    loss = OnlineLabelSmoothing(3)(logits, targets)
    (first,) = torch.autograd.grad(loss, logits, retain_graph=True)
    (second,) = torch.autograd.grad(loss, logits)
    assert torch.equal(first, second)


@pytest.mark.parametrize(
    ("initial", "first_row"),
    [
        ("uniform", [0.25, 0.25, 0.25, 0.25]),
        ("zeros", [0, 0, 0, 0]),
        ("identity", [1, 0, 0, 0]),
        ("label_smoothing", [0.925, 0.025, 0.025, 0.025]),
    ],
)
def test_initial_soft_labels(initial, first_row):
    criterion = OnlineLabelSmoothing(4, initial=initial)
    torch.testing.assert_close(criterion.soft_labels[0], torch.tensor(first_row).float())


@pytest.mark.parametrize(
    ("empty_class", "row"), [("uniform", [0.5, 0.5]), ("zero", [0, 0]), ("keep", [0, 1])]
)
def test_a_class_without_a_hit(empty_class, row):
    criterion = OnlineLabelSmoothing(2, initial="identity", empty_class=empty_class)
    criterion(torch.tensor([[3.0, 0], [3.0, 0]]), torch.tensor([0, 1]))
    criterion.end_epoch()
    torch.testing.assert_close(criterion.soft_labels[1], torch.tensor(row).float())


def test_counted_all_takes_wrong_predictions_too():
    logits, targets = batch(50, 4)
    criterion = OnlineLabelSmoothing(4, counted="all")
    criterion(logits, targets)
    torch.testing.assert_close(
        criterion.statistics.sums[:4].sum(1), targets.bincount(minlength=4).float()
    )


def test_period_gathers_over_several_epochs():
    logits, targets = batch(60, 5)
    every, second = OnlineLabelSmoothing(5), OnlineLabelSmoothing(5, period=2)
    every(logits, targets)
    every.end_epoch()
    second(logits[:30], targets[:30])
    second.end_epoch()
    assert torch.equal(second.soft_labels, torch.full((5, 5), 0.2))
    second(logits[30:], targets[30:])
    second.end_epoch()
    torch.testing.assert_close(second.soft_labels, every.soft_labels)


def test_temperature_flattens_what_is_averaged_and_leaves_the_loss():
    logits, targets = batch(60, 5)
    cold, warm = OnlineLabelSmoothing(5), OnlineLabelSmoothing(5, temperature=4.0)
    torch.testing.assert_close(cold(logits, targets), warm(logits, targets))
    cold.end_epoch()
    warm.end_epoch()
    assert (warm.soft_labels.diagonal() < cold.soft_labels.diagonal()).all()


def test_a_frozen_class_keeps_its_row():
    criterion = OnlineLabelSmoothing(2, freeze_at=0.88)
    sure = torch.tensor([[6.0, 0], [0, 0.1]])
    unsure = torch.tensor([[0.1, 0], [0, 3.0]])
    for logits in (sure, unsure):
        criterion(logits, torch.tensor([0, 1]))
        criterion.end_epoch()
    assert float(criterion.soft_labels[0, 0]) > 0.99  # frozen after the first epoch
    assert float(criterion.soft_labels[1, 1]) == pytest.approx(float(torch.tensor(3.0).sigmoid()))


def test_options_of_the_spec_reach_the_criterion():
    method = OnlineLabelSmoothingSpec(alpha=0.7, counted="all", temperature=2, period=3)
    criterion = build_criterion(method, 7)
    assert (criterion.alpha, criterion.period) == (0.7, 3)
    assert (criterion.statistics.counted, criterion.statistics.temperature) == ("all", 2)
