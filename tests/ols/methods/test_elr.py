from __future__ import annotations

import numpy as np
import torch

from ols.methods.elr import EarlyLearningLoss
from tests.ols.reference import batch, close, cross_entropy_of, reference_log_softmax, step_of


def test_it_is_the_authors_loss_over_two_epochs():
    criterion = EarlyLearningLoss(torch.zeros(20, 5))
    average = np.zeros((20, 5))
    for seed in range(2):
        logits, targets = batch(20, 5, seed=seed)
        p = np.clip(np.exp(reference_log_softmax(logits)), 1e-4, 1 - 1e-4)
        average = 0.9 * average + 0.1 * p / p.sum(1, keepdims=True)
        penalty = np.log(1 - (average * p).sum(1)).mean()
        loss = criterion(logits, targets, step_of(range(20)))
        close(loss, cross_entropy_of(logits, targets) + 7 * penalty)
        criterion.end_epoch()


def test_with_weight_zero_it_is_cross_entropy():
    logits, targets = batch(20, 5)
    criterion = EarlyLearningLoss(torch.zeros(20, 5), weight=0.0)
    close(criterion(logits, targets, step_of(range(20))), cross_entropy_of(logits, targets))


def test_it_pulls_a_sample_with_a_wrong_label_towards_what_was_learned_early():
    averages = torch.tensor([[0.95, 0.05]])
    logits = torch.tensor([[1.0, 0.0]], requires_grad=True)
    criterion = EarlyLearningLoss(averages, beta=0.9, weight=7.0)
    criterion(logits, torch.tensor([1]), step_of([0])).backward()
    assert logits.grad[0, 0] < 0  # a step raises the class learned early, not the label


def test_a_step_that_overflowed_leaves_no_trace():
    criterion = EarlyLearningLoss(torch.full((2, 3), 0.3))
    logits = torch.tensor([[torch.nan, 0, 0], [1.0, 0, 0]])
    criterion(logits, torch.tensor([0, 1]), step_of([0, 1]))
    rows = criterion.averages.rows
    assert torch.equal(rows[0], torch.full((3,), 0.3))
    assert not torch.equal(rows[1], rows[0])
