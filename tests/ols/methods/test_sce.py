from __future__ import annotations

import numpy as np

from ols.methods.sce import SymmetricCrossEntropyLoss, symmetric_cross_entropy
from tests.ols.reference import batch, close, cross_entropy_of, one_hot, reference_log_softmax


def test_it_is_the_authors_loss():
    logits, targets = batch(20, 7)
    p = np.exp(reference_log_softmax(logits))
    reverse = -(p * np.log(np.maximum(one_hot(targets, 7), 1e-4))).sum(1).mean()
    expected = 6 * cross_entropy_of(logits, targets) + 0.1 * reverse
    close(SymmetricCrossEntropyLoss()(logits, targets), expected)


def test_the_reverse_term_is_the_mean_absolute_error_up_to_a_constant():
    logits, targets = batch(20, 7)
    p = np.exp(reference_log_softmax(logits))[np.arange(20), targets.numpy()]
    loss = symmetric_cross_entropy(logits, targets, alpha=0.0, beta=1.0)
    close(loss, -np.log(1e-4) * (1 - p).mean())


def test_without_its_reverse_term_it_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(symmetric_cross_entropy(logits, targets, 1.0, 0.0), cross_entropy_of(logits, targets))
