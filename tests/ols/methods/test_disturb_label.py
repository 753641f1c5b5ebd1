from __future__ import annotations

import pytest
import torch
from torch import nn

from ols.methods.disturb_label import DisturbLabelLoss
from tests.ols.reference import batch, close, cross_entropy_of, mixed_targets, step_of


def begun(rate, epoch=1, samples=4000, classes=10, seed=0):
    criterion = DisturbLabelLoss(samples, classes, rate, seed)
    criterion.begin_epoch(epoch, 5, nn.Identity())
    return criterion


def test_the_rate_is_the_share_of_drawn_labels_and_all_classes_are_drawn():
    drawn = begun(0.1).drawn
    assert drawn.ge(0).float().mean() == pytest.approx(0.1, abs=0.02)
    assert set(drawn[drawn >= 0].tolist()) == set(range(10))


def test_labels_are_drawn_anew_each_epoch_and_the_same_on_resume():
    assert torch.equal(begun(0.1, epoch=2).drawn, begun(0.1, epoch=2).drawn)
    assert not torch.equal(begun(0.1, epoch=1).drawn, begun(0.1, epoch=2).drawn)
    assert not torch.equal(begun(0.1, seed=1).drawn, begun(0.1).drawn)


def test_it_is_cross_entropy_against_the_drawn_labels():
    logits, targets = batch(50, 10)
    criterion = begun(0.5)
    indices = torch.arange(100, 150)
    drawn = criterion.drawn[indices]
    labels = torch.where(drawn < 0, targets, drawn)
    assert not torch.equal(labels, targets)
    close(criterion(logits, targets, step_of(indices)), cross_entropy_of(logits, labels))


def test_with_rate_zero_it_is_cross_entropy():
    logits, targets = batch(20, 10)
    loss = begun(0.0)(logits, targets, step_of(range(20)))
    close(loss, cross_entropy_of(logits, targets))


def test_a_drawn_label_replaces_a_mixed_target_whole():
    logits, targets = batch(20, 10)
    criterion = begun(1.0)
    mixed = criterion(logits, mixed_targets(targets, 10), step_of(range(20)))
    close(mixed, cross_entropy_of(logits, criterion.drawn[:20]))
