from __future__ import annotations

import numpy as np
import torch

from ols.methods.focal import FocalLoss, focal
from tests.ols.reference import batch, close, cross_entropy_of, reference_log_softmax


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    log_p = reference_log_softmax(logits)[np.arange(20), targets.numpy()]
    close(FocalLoss()(logits, targets), (-((1 - np.exp(log_p)) ** 2) * log_p).mean())


def test_with_gamma_zero_it_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(focal(logits, targets, 0.0), cross_entropy_of(logits, targets))


def test_a_certain_sample_has_a_finite_gradient_below_gamma_one():
    logits = torch.tensor([[200.0, 0.0]], requires_grad=True)
    focal(logits, torch.tensor([0]), 0.5).backward()
    assert logits.grad.isfinite().all()
