from __future__ import annotations

import numpy as np
import torch

from ols.methods.logit_norm import LogitNormLoss, logit_norm
from tests.ols.reference import batch, close, cross_entropy_of


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    z = logits.detach().double().numpy()
    scaled = torch.from_numpy(z / np.linalg.norm(z, axis=1, keepdims=True) / 0.04)
    close(LogitNormLoss()(logits, targets), cross_entropy_of(scaled, targets))


def test_the_length_of_the_logits_does_not_matter():
    logits, targets = batch(20, 7)
    torch.testing.assert_close(logit_norm(logits, targets), logit_norm(9 * logits, targets))


def test_zero_logits_are_finite():
    logits = torch.zeros(3, 5, requires_grad=True)
    loss = logit_norm(logits, torch.tensor([0, 1, 2]))
    loss.sum().backward()
    close(loss, np.log(5))
    assert logits.grad.isfinite().all()
