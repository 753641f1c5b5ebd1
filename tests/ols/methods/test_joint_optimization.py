from __future__ import annotations

import numpy as np
import torch
from torch import nn

from ols.methods.joint_optimization import JointOptimizationLoss, joint_loss
from tests.ols.reference import (
    batch,
    close,
    cross_entropy_of,
    one_hot,
    reference_log_softmax,
    step_of,
)


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 5)
    log_p = reference_log_softmax(logits)
    p = np.exp(log_p)
    prior = (0.2 * np.log(0.2 / p.mean(0))).sum()
    entropy = -(p * log_p).sum(1).mean()
    expected = cross_entropy_of(logits, targets) + 1.2 * prior + 0.8 * entropy
    soft = torch.from_numpy(one_hot(targets, 5)).float()
    close(joint_loss(logits, soft), expected)


def test_without_its_regularisers_and_updates_it_is_cross_entropy():
    logits, targets = batch(20, 5)
    criterion = JointOptimizationLoss(targets, 5, alpha=0, beta=0)
    criterion.begin_epoch(1, 10, nn.Identity())
    close(criterion(logits, targets, step_of(range(20))), cross_entropy_of(logits, targets))


def test_labels_become_the_mean_of_the_last_predictions():
    _, targets = batch(20, 5)
    criterion = JointOptimizationLoss(targets, 5, start=0.5, window=3)
    predicted = []
    for epoch in range(1, 7):
        criterion.begin_epoch(epoch, 6, nn.Identity())
        logits, _ = batch(20, 5, seed=epoch)
        criterion(logits, targets, step_of(range(20)))
        criterion.end_epoch()
        predicted.append(logits.softmax(1).detach())
        expected = torch.stack(predicted[-3:]).mean(0) if epoch >= 3 else torch.eye(5)[targets]
        torch.testing.assert_close(criterion.soft.rows, expected)


def test_a_class_that_nobody_predicts_has_a_finite_gradient():
    logits = torch.tensor([[0.0, -200.0]], requires_grad=True)
    joint_loss(logits, torch.tensor([[1.0, 0.0]])).backward()
    assert logits.grad.isfinite().all()
