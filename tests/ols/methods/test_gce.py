from __future__ import annotations

import numpy as np
import pytest

from ols.methods.gce import (
    GeneralizedCrossEntropyLoss,
    generalized_cross_entropy,
)
from tests.ols.reference import batch, close, cross_entropy_of, reference_log_softmax


def target_probabilities(logits, targets):
    return np.exp(reference_log_softmax(logits))[np.arange(len(targets)), targets.numpy()]


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    p = target_probabilities(logits, targets)
    close(GeneralizedCrossEntropyLoss()(logits, targets), ((1 - p**0.7) / 0.7).mean())


def test_with_q_one_it_is_the_mean_absolute_error():
    logits, targets = batch(20, 7)
    p = target_probabilities(logits, targets)
    close(generalized_cross_entropy(logits, targets, 1.0), (1 - p).mean())


@pytest.mark.parametrize("q", [1e-3, 1e-6])
def test_towards_q_zero_it_is_cross_entropy(q):
    logits, targets = batch(20, 7)
    loss = generalized_cross_entropy(logits, targets, q)
    close(loss, cross_entropy_of(logits, targets), tolerance=10 * q + 1e-5)
