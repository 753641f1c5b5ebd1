from __future__ import annotations

import numpy as np
import pytest
import torch

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


def test_truncated_it_is_the_papers_equation_and_drops_what_is_improbable():
    logits, targets = batch(40, 7)
    p = target_probabilities(logits, targets)
    assert 5 < (p <= 0.3).sum() < 35
    criterion = GeneralizedCrossEntropyLoss(k=0.3)
    criterion.begin_epoch(3, 3, torch.nn.Linear(1, 1))
    loss = criterion(logits, targets)
    close(loss, np.where(p <= 0.3, (1 - 0.3**0.7) / 0.7, (1 - p**0.7) / 0.7).mean())
    loss.backward()
    assert np.array_equal(logits.grad.abs().sum(1).eq(0).numpy(), p <= 0.3)


def test_the_plain_loss_comes_first_and_stays_where_there_is_no_truncation():
    logits, targets = batch(20, 7)
    plain = generalized_cross_entropy(logits, targets).mean()
    model = torch.nn.Linear(1, 1)
    truncated, never = GeneralizedCrossEntropyLoss(k=0.5), GeneralizedCrossEntropyLoss()
    assert [truncated.begin_epoch(epoch, 6, model) for epoch in (1, 2, 3, 4)] == [
        False,
        False,
        True,
        False,
    ]
    truncated.begin_epoch(2, 6, model)
    assert torch.equal(truncated(logits, targets), plain)
    assert not never.begin_epoch(3, 6, model)
    assert torch.equal(never(logits, targets), plain)
