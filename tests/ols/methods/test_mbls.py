from __future__ import annotations

import numpy as np

from ols.methods.mbls import MarginSmoothingLoss, margin_smoothing
from tests.ols.reference import batch, close, cross_entropy_of


def test_it_is_the_authors_loss():
    logits, targets = batch(20, 7)
    z = 5 * logits.detach().double().numpy()
    excess = np.maximum(0, z.max(1, keepdims=True) - z - 10).mean()
    assert excess > 0
    loss = MarginSmoothingLoss()(5 * logits, targets)
    close(loss, cross_entropy_of(5 * logits, targets) + 0.1 * excess)


def test_within_the_margin_it_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(margin_smoothing(logits, targets, margin=100), cross_entropy_of(logits, targets))
