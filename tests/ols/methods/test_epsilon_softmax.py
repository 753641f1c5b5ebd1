from __future__ import annotations

import math

import numpy as np
import torch
from scipy.special import softmax

from ols.methods.epsilon_softmax import EpsilonSoftmaxLoss, log_epsilon_softmax
from tests.ols.reference import batch, close, cross_entropy_of


def reference(z, y, criterion, number):
    """In the words of the authors' ECEandMAE, in float64."""
    p = softmax(z)
    sharp = p.copy()
    sharp[p.argmax()] += criterion.m
    sharp = np.maximum(sharp / (criterion.m + 1), 1e-8)
    return -criterion.alpha * np.log(sharp[y]) + criterion.beta * 2 * (1 - p[y])


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    rows = logits.detach().double().numpy()
    for settings in ((1e4, 0.03, 1.0), (1e5, 0.01, 5.0)):
        criterion = EpsilonSoftmaxLoss(*settings)
        losses = [reference(z, y, criterion, 0) for z, y in zip(rows, targets, strict=True)]
        close(criterion(logits, targets), np.mean(losses))


def test_without_sharpness_and_error_it_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(EpsilonSoftmaxLoss(0, 1.0, 0.0)(logits, targets), cross_entropy_of(logits, targets))


def test_a_wrong_label_costs_at_most_the_bound_and_the_distribution_sums_to_one():
    logits = torch.tensor([[60.0, 0.0, 0.0]])
    loss = EpsilonSoftmaxLoss(1e4, 1.0, 0.0)(logits, torch.tensor([1]))
    assert loss.item() <= -math.log(1e-8) + 1e-4
    sums = log_epsilon_softmax(batch(20, 7)[0], 10.0).exp().sum(1)
    torch.testing.assert_close(sums, torch.ones(20))
