from __future__ import annotations

import numpy as np
import torch
from scipy.special import log_softmax

from ols.methods.focal import focal
from ols.methods.focal_adaptive import AdaptiveFocalLoss, focal_adaptive
from tests.ols.reference import batch, close


def reference(z, y, criterion, number):
    """In the words of the authors' FocalLossAdaptive, in float64."""
    log_p = log_softmax(z)[y]
    p = np.exp(log_p)
    gamma = criterion.gamma_low if p < 0.2 else criterion.gamma
    return -((1 - p) ** gamma) * log_p


def test_it_is_the_papers_equation():
    logits, targets = batch(40, 7)
    criterion, rows = AdaptiveFocalLoss(), logits.detach().double().numpy()
    p = np.exp(log_softmax(rows, axis=1))[np.arange(40), targets.numpy()]
    assert (p < 0.2).any()
    assert (p >= 0.2).any()
    losses = [reference(z, y, criterion, 0) for z, y in zip(rows, targets, strict=True)]
    close(criterion(logits, targets), np.mean(losses))


def test_with_equal_exponents_it_is_focal_loss():
    logits, targets = batch(20, 7)
    torch.testing.assert_close(
        focal_adaptive(logits, targets, 2.0, 2.0), focal(logits, targets, 2.0)
    )


def test_the_exponent_is_not_differentiated():
    logits, targets = torch.zeros(1, 8, requires_grad=True), torch.tensor([0])  # p = 1/8
    (gradient,) = torch.autograd.grad(focal_adaptive(logits, targets).sum(), logits)
    (expected,) = torch.autograd.grad(focal(logits, targets, 5.0).sum(), logits)
    torch.testing.assert_close(gradient, expected)
