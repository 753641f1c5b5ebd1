"""The shared statistic: what OLS learns and what other methods would."""

from __future__ import annotations

import pytest
import torch

from ols.methods.ols import OnlineLabelSmoothing
from ols.methods.soft_label_statistics import SoftLabelStatistics, uniform


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_it_records_what_ols_learns(dtype):
    logits = (3 * torch.randn(200, 10)).to(dtype)
    targets = logits.argmax(1).where(torch.rand(200) < 0.7, torch.randint(10, (200,)))
    criterion, watch = OnlineLabelSmoothing(10), SoftLabelStatistics(10)
    criterion(logits, targets)
    watch.update(logits, targets)
    criterion.end_epoch()
    torch.testing.assert_close(watch.close(uniform(10)), criterion.soft_labels)
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
