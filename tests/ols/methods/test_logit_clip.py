from __future__ import annotations

import numpy as np
import torch
from scipy.special import log_softmax

from ols.methods.logit_clip import LogitClipLoss, logit_clip
from tests.ols.reference import batch, close, cross_entropy_of


def reference(z, y, criterion, number):
    length = np.linalg.norm(z)
    clipped = z if length <= criterion.tau else z / length * criterion.tau
    return -log_softmax(clipped)[y]


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    rows = logits.detach().double().numpy()
    for tau in (1.0, 2.5):
        criterion = LogitClipLoss(tau)
        losses = [reference(z, y, criterion, 0) for z, y in zip(rows, targets, strict=True)]
        close(criterion(logits, targets), np.mean(losses))


def test_short_logits_are_left_alone_and_a_long_way_costs_no_more():
    logits, targets = batch(20, 7)
    close(logit_clip(logits, targets, 1e3), cross_entropy_of(logits, targets))
    torch.testing.assert_close(
        logit_clip(1e2 * logits, targets, 1.0), logit_clip(1e4 * logits, targets, 1.0)
    )


def test_logits_of_length_zero_have_a_gradient():
    logits = torch.zeros(2, 3, requires_grad=True)
    logit_clip(logits, torch.tensor([0, 1])).sum().backward()
    torch.testing.assert_close(logits.grad, torch.full((2, 3), 1 / 3) - torch.eye(3)[:2])
