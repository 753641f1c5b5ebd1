from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

from ols.methods.confidence_penalty import ConfidencePenaltyLoss, confidence_penalty
from tests.ols.reference import batch, close, cross_entropy_of


def reference(z, y, criterion, number):
    """Logits (K,), a class, the criterion and the sample's number -> the loss, in float64."""
    log_p = log_softmax(z)
    return -log_p[y] + criterion.beta * (np.exp(log_p) * log_p).sum()


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    criterion, rows = ConfidencePenaltyLoss(), logits.detach().double().numpy()
    losses = [reference(z, y, criterion, 0) for z, y in zip(rows, targets, strict=True)]
    close(criterion(logits, targets), np.mean(losses))


def test_with_beta_zero_it_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(confidence_penalty(logits, targets, 0.0), cross_entropy_of(logits, targets))
