from __future__ import annotations

import numpy as np
import torch

from ols.methods.label_smoothing_pp import LabelSmoothingPPLoss
from tests.ols.reference import batch, close, one_hot, reference_log_softmax


def test_it_is_the_authors_loss():
    logits, targets = batch(20, 5)
    criterion = LabelSmoothingPPLoss(5)
    scores = np.random.default_rng(0).normal(size=(5, 5))
    with torch.no_grad():
        criterion.scores.copy_(torch.from_numpy(scores))
    e = np.exp(scores) * (1 - np.eye(5))
    c = e / e.sum(1, keepdims=True)
    t = 0.9 * one_hot(targets, 5) + 0.1 * c[targets.numpy()]
    p = np.exp(reference_log_softmax(logits))
    both = -(t * np.log(p + 1e-6)).sum(1) - (p * np.log(t + 1e-6)).sum(1)
    close(criterion(logits, targets), both.mean() / 2)


def test_c_starts_uniform_with_a_zero_diagonal_and_learns_who_is_mistaken_for_whom():
    criterion = LabelSmoothingPPLoss(4)
    torch.testing.assert_close(criterion.c_matrix(), (1 - torch.eye(4)) / 3)
    optimizer = torch.optim.SGD(criterion.parameters(), lr=1.0)
    logits = torch.tensor([[2.0, 1.0, -1.0, -1.0]]).repeat(8, 1)
    for _ in range(200):
        optimizer.zero_grad()
        criterion(logits, torch.zeros(8, dtype=torch.int64)).backward()
        optimizer.step()
    row = criterion.c_matrix()[0].detach()
    assert row[0] == 0
    assert row[1] > 0.6
    assert torch.isclose(row.sum(), torch.tensor(1.0))
    torch.testing.assert_close(criterion.c_matrix()[1:].detach(), (1 - torch.eye(4))[1:] / 3)


def test_the_networks_gradient_is_half_of_that_of_its_target():
    logits, targets = batch(20, 5)
    (found,) = torch.autograd.grad(LabelSmoothingPPLoss(5)(logits, targets), logits)
    target = 0.9 * torch.nn.functional.one_hot(targets, 5) + 0.1 * (1 - torch.eye(5))[targets] / 4
    expected = (logits.softmax(1) - target) / 20 / 2
    torch.testing.assert_close(found, expected.detach(), atol=1e-6, rtol=1e-3)
