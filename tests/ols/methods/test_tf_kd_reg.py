from __future__ import annotations

import numpy as np

from ols.methods.tf_kd_reg import TfKdRegLoss, tf_kd_reg
from tests.ols.reference import batch, close, cross_entropy_of, one_hot, reference_log_softmax


def test_it_is_the_authors_loss():
    logits, targets = batch(20, 5)
    u = np.where(one_hot(targets, 5) > 0, 0.99, 0.01 / 4)
    q = np.exp(u / 20) / np.exp(u / 20).sum(1, keepdims=True)
    divergence = (q * (np.log(q) - reference_log_softmax(logits))).sum(1).mean()
    expected = 0.9 * cross_entropy_of(logits, targets) + 0.1 * divergence
    close(TfKdRegLoss()(logits, targets), expected)


def test_with_alpha_zero_it_is_cross_entropy():
    logits, targets = batch(20, 5)
    close(tf_kd_reg(logits, targets, alpha=0.0), cross_entropy_of(logits, targets))
