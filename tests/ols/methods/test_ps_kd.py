from __future__ import annotations

import pytest
import torch
from torch import nn

from ols.methods.ps_kd import PsKdLoss
from tests.ols.reference import (
    batch,
    close,
    cross_entropy_of,
    one_hot,
    reference_log_softmax,
    step_of,
)


def test_the_first_epoch_is_cross_entropy_and_the_next_mixes_in_its_predictions():
    logits, targets = batch(20, 5)
    criterion = PsKdLoss(targets, 5)
    criterion.begin_epoch(1, 4, nn.Identity())
    close(criterion(logits, targets, step_of(range(20))), cross_entropy_of(logits, targets))
    criterion.end_epoch()
    criterion.begin_epoch(2, 4, nn.Identity())
    past = logits.softmax(1).detach().double().numpy()
    later, _ = batch(20, 5, seed=1)
    target = 0.6 * one_hot(targets, 5) + 0.4 * past
    expected = -(target * reference_log_softmax(later)).sum(1).mean()
    close(criterion(later, targets, step_of(range(20))), expected)


def test_the_share_of_the_past_grows_to_its_last():
    criterion = PsKdLoss(torch.zeros(3, dtype=torch.int64), 5)
    shares = []
    for epoch in range(1, 5):
        criterion.begin_epoch(epoch, 4, nn.Identity())
        shares.append(criterion.share)
    assert shares == pytest.approx([0.2, 0.4, 0.6, 0.8])


def test_each_sample_has_its_own_past_and_evaluation_leaves_it():
    logits, targets = batch(4, 5)
    criterion = PsKdLoss(torch.zeros(9, dtype=torch.int64), 5)
    criterion(logits, targets, step_of([7, 2, 0, 5]))
    rows = criterion.past.rows.clone()
    torch.testing.assert_close(rows[[7, 2, 0, 5]], logits.softmax(1).detach())
    assert torch.equal(rows[[1, 3]], torch.eye(5)[[0, 0]])
    criterion.eval()(3 * logits, targets, step_of([7, 2, 0, 5]))
    assert torch.equal(criterion.past.rows, rows)
