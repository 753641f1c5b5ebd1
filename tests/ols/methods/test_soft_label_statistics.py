"""The shared statistic: what OLS learns and what other methods would."""

from __future__ import annotations

import pytest
import torch

from ols.methods import soft_label_statistics
from ols.methods.ols import OnlineLabelSmoothing
from ols.methods.soft_label_statistics import SoftLabelStatistics, unmixed_weights
from tests.ols.reference import batch, mixed_targets


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_records_what_ols_learns(dtype):
    logits = (3 * torch.randn(200, 10)).to(dtype)
    targets = logits.argmax(1).where(torch.rand(200) < 0.7, torch.randint(10, (200,)))
    criterion, watch = OnlineLabelSmoothing(10), SoftLabelStatistics(10)
    criterion(logits, targets)
    watch.update(logits, targets)
    criterion.end_epoch()
    learned = torch.full((10, 10), 0.1)
    watch.close(learned, 0.1)
    torch.testing.assert_close(learned, criterion.soft_labels)
    assert not watch.sums.any()


@pytest.mark.parametrize("value", [torch.nan, torch.inf, -torch.inf])
def test_rows_that_are_not_finite_are_skipped(value):
    logits = torch.tensor([[5.0, 0, 0], [5.0, value, 0]])
    watch = SoftLabelStatistics(3)
    watch.update(logits, torch.tensor([0, 0]))
    assert float(watch.sums[0].sum()) == pytest.approx(1)
    assert watch.sums[:-1].isfinite().all()


def test_float32_sums_stay_exact_over_many_samples():
    watch = SoftLabelStatistics(5)
    logits = torch.randn(1000, 5).bfloat16()
    targets = logits.float().argmax(1)
    for _ in range(50):
        watch.update(logits, targets)
    counted = targets.bincount(minlength=5) * 50.0
    torch.testing.assert_close(watch.sums[:-1].sum(1), counted, rtol=1e-5, atol=0)


def test_without_hit_names_the_classes():
    watch = SoftLabelStatistics(3)
    watch.update(torch.tensor([[1.0, 0, 0], [1.0, 0, 0]]), torch.tensor([0, 1]))
    assert watch.without_hit().tolist() == [False, True, True]


def test_state_dict_holds_the_running_sums():
    watch, copy = SoftLabelStatistics(3), SoftLabelStatistics(3)
    watch.update(torch.eye(3), torch.arange(3))
    copy.load_state_dict(watch.state_dict())
    assert torch.equal(copy.sums, watch.sums)


@pytest.mark.parametrize("empty", [0.25, 0.0, None])
@pytest.mark.parametrize("frozen", [None, [True, False, True, False]])
@pytest.mark.parametrize("rows", [1, 3, 1024])
def test_rows_without_hit_and_frozen_rows(monkeypatch, empty, frozen, rows):
    monkeypatch.setattr(soft_label_statistics, "BLOCK", 4 * rows)
    monkeypatch.setattr(soft_label_statistics, "LEAST_ROWS", rows)
    statistics, before = SoftLabelStatistics(4), torch.rand(4, 4)
    statistics.update(torch.eye(4)[:2] * 3, torch.tensor([0, 1]))
    sums = statistics.sums.clone()
    soft = before.clone()
    statistics.close(soft, empty, None if frozen is None else torch.tensor(frozen))
    for row in range(4):
        hit = row < 2
        kept = bool(frozen and frozen[row]) if hit else empty is None
        expected = before[row] if kept else sums[row] / sums[row].sum()
        if row > 1 and not kept:
            expected = torch.full((4,), empty)
        assert torch.equal(soft[row], expected)
    assert not statistics.sums.any()


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("seen", [700, 500])  # whole blocks, and one with a class that was not
def test_blocks_of_rows_are_to_the_bit_what_each_row_is_by_itself(dtype, seen):
    statistics = SoftLabelStatistics(700)
    assert seen > soft_label_statistics.BLOCK // 700, "more than one block"
    statistics.sums[:seen] = torch.rand(seen, 700)
    soft = torch.zeros(700, 700, dtype=dtype)
    by_hand = torch.stack([row / row.sum() for row in statistics.sums[:seen]]).to(dtype)
    statistics.close(soft, None)
    assert torch.equal(soft[:seen], by_hand)
    assert not soft[seen:].any()
    assert not statistics.sums.any()


# -- mixed images --------------------------------------------------------------------------------


def test_a_mixed_sample_counts_the_less_the_more_it_is_mixed():
    shares = torch.tensor([0.3, 0.5, 0.7, 0.9, 1.0])
    expected = torch.tensor([0, 0, 0.4**4, 0.8**4, 1])
    torch.testing.assert_close(unmixed_weights(shares), expected)


@pytest.mark.parametrize("share", [0.6, 0.95, 1.0])
def test_ols_and_what_is_recorded_beside_other_methods_weigh_alike(share):
    logits, targets = batch(60, 10)
    criterion, watch = OnlineLabelSmoothing(10), SoftLabelStatistics(10)
    criterion(logits, mixed_targets(targets, 10, share))
    watch.update(logits, mixed_targets(targets, 10, share))
    by_hand, p = torch.zeros(10, 10), logits.detach().softmax(1)
    for i, label in enumerate(targets.tolist()):
        if p[i].argmax() == label:
            own = 1.0 if targets[i - 1] == label else share  # mixed with one of its own class
            by_hand[label] += (2 * own - 1) ** 4 * p[i]
    for statistics in (criterion.statistics, watch):
        torch.testing.assert_close(statistics.sums[:-1], by_hand)


def test_hardly_mixed_batches_decide_what_is_learned():
    criterion = OnlineLabelSmoothing(10)
    plain, _ = batch(400, 10, seed=1)
    targets = torch.arange(400) % 10  # so that each is mixed with another class
    plain.data[torch.arange(400), targets] += 5
    blurred = 0.1 * torch.nn.functional.one_hot(targets, 10)  # right by a hair, as a mixed image
    criterion(blurred.float().requires_grad_(), mixed_targets(targets, 10, 0.6))
    criterion(plain, mixed_targets(targets, 10, 1.0))
    criterion.end_epoch()
    alone = OnlineLabelSmoothing(10)
    alone(plain, targets)
    alone.end_epoch()
    assert (criterion.soft_labels - alone.soft_labels).abs().max() < 0.01
