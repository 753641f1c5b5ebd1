from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

from ols.methods.ols import OnlineLabelSmoothing
from ols.training.soft_label_watch import SoftLabelWatch
from tests.ols.reference import batch

CPU = torch.device("cpu")


def train_epoch(criterion, watch):
    for seed in range(3):
        logits, targets = batch(60, 12, seed)
        criterion(logits, targets)
        watch.update(logits, targets)


def test_another_methods_soft_labels_are_those_ols_would_learn():
    closed = []
    for criterion in (OnlineLabelSmoothing(12), nn.CrossEntropyLoss()):
        watch = SoftLabelWatch(criterion, 12, CPU)
        assert np.allclose(watch.initial(), 1 / 12)
        train_epoch(criterion, watch)
        closed.append(watch.close())
        assert not watch.statistics.sums.any()
    assert np.allclose(*closed, rtol=0, atol=1e-6)


def test_a_batch_is_counted_once_where_the_criterion_counts_it():
    alone, watched = OnlineLabelSmoothing(12), OnlineLabelSmoothing(12)
    watch = SoftLabelWatch(watched, 12, CPU)
    logits, targets = batch(60, 12)
    alone(logits, targets)
    watched(logits, targets)
    watch.update(logits, targets)
    assert torch.equal(alone.statistics.sums, watched.statistics.sums)


def test_what_is_reported_does_not_change_with_the_next_epoch():
    criterion = OnlineLabelSmoothing(12)
    watch = SoftLabelWatch(criterion, 12, CPU)
    train_epoch(criterion, watch)
    reported = watch.close()
    kept = reported.copy()
    watch.close()
    assert np.array_equal(reported, kept)


@pytest.mark.parametrize("criterion", [OnlineLabelSmoothing(12), nn.CrossEntropyLoss()])
def test_with_the_criterions_state_it_goes_on_in_the_middle_of_an_epoch(criterion):
    watch = SoftLabelWatch(criterion, 12, CPU)
    train_epoch(criterion, watch)
    fresh = OnlineLabelSmoothing(12) if len(criterion.state_dict()) else nn.CrossEntropyLoss()
    other = SoftLabelWatch(fresh, 12, CPU)
    fresh.load_state_dict(criterion.state_dict())
    other.restore(watch.state())
    assert np.array_equal(watch.close(), other.close())
