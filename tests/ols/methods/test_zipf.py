from __future__ import annotations

import numpy as np
import torch

from ols.methods.zipf import ZipfSmoothingLoss, zipf_smoothing
from tests.ols.reference import batch, close, cross_entropy_of


def divergence_by_loop(logits, targets):
    total = 0.0
    for z, y in zip(logits.detach().double().numpy(), targets.tolist(), strict=True):
        others = np.delete(z, y)
        ranks = np.array([1 + (z > one).sum() for one in others])  # the target's too
        q = (1 / ranks) / (1 / ranks).sum()
        p = np.exp(others - others.max())
        total += (q * np.log(q / (p / p.sum()))).sum()
    return total / len(targets)


def test_it_is_the_authors_scripts_loss_ranked_by_the_logits():
    logits, targets = batch(20, 7)
    expected = cross_entropy_of(logits, targets) + 0.1 * divergence_by_loop(logits, targets)
    close(ZipfSmoothingLoss()(logits, targets), expected)


def test_with_weight_zero_it_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(zipf_smoothing(logits, targets, 0.0), cross_entropy_of(logits, targets))


def test_with_two_classes_nothing_is_left_to_rank():
    logits, targets = batch(20, 2)
    loss = zipf_smoothing(logits, targets, 5.0)
    close(loss, cross_entropy_of(logits, targets))
    loss.mean().backward()
    assert logits.grad.isfinite().all()


def test_logits_by_zipfs_law_cost_nothing():
    logits = torch.tensor([[3.0, *(-np.log(k) for k in range(2, 7))]])
    target = torch.tensor([0])
    close(zipf_smoothing(logits, target, 1.0), cross_entropy_of(logits, target))


def test_equal_logits_share_their_rank():
    logits = torch.tensor([[2.0, 1.0, 1.0, 1.0, 0.0]])
    q = np.array([1 / 2, 1 / 2, 1 / 2, 1 / 5])
    q, p = q / q.sum(), np.exp([1, 1, 1, 0]) / np.exp([1, 1, 1, 0]).sum()
    expected = cross_entropy_of(logits, torch.tensor([0])) + (q * np.log(q / p)).sum()
    close(zipf_smoothing(logits, torch.tensor([0]), 1.0), expected)
