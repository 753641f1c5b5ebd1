from __future__ import annotations

import numpy as np
import pytest
import torch

from ols.methods.pairwise_confusion import PairwiseConfusionLoss, pairwise_confusion
from tests.ols.reference import batch, close, cross_entropy_of, reference_log_softmax


def pairs_by_loop(logits, targets):
    p, half = np.exp(reference_log_softmax(logits)), len(targets) // 2
    total = 0.0
    for i in range(half):
        total += np.linalg.norm(p[i] - p[i + half])
    return total / len(targets)


@pytest.mark.parametrize("size", [20, 21])  # the last of an odd batch has no partner
def test_it_is_the_authors_loss_over_pairs_of_all_classes(size):
    logits, targets = batch(size, 4)
    expected = cross_entropy_of(logits, targets) + 10 * pairs_by_loop(logits, targets)
    close(PairwiseConfusionLoss()(logits, targets), expected)


def test_its_gradient_is_that_of_the_pairs():
    logits, targets = batch(20, 4, dtype=torch.float64)
    (gradient,) = torch.autograd.grad(pairwise_confusion(logits, targets, 1.0).mean(), logits)
    p = logits.softmax(1)
    pairs = torch.linalg.vector_norm(p[:10] - p[10:], dim=1).sum() / 20
    plain = torch.nn.functional.cross_entropy(logits, targets)
    (expected,) = torch.autograd.grad(plain + pairs, logits)
    torch.testing.assert_close(gradient, expected)


def test_pairs_of_one_class_count_as_in_the_authors_code():
    logits, _ = batch(20, 4)
    targets = torch.ones(20, dtype=torch.int64)
    expected = cross_entropy_of(logits, targets) + 10 * pairs_by_loop(logits, targets)
    close(pairwise_confusion(logits, targets), expected)


def test_equal_predictions_have_a_finite_gradient():
    logits = torch.zeros(4, 3, requires_grad=True)
    pairwise_confusion(logits, torch.tensor([0, 1, 2, 0])).sum().backward()
    assert logits.grad.isfinite().all()
