from __future__ import annotations

import numpy as np
import torch

from ols.methods.bootstrap_soft import BootstrapSoftLoss, bootstrap_soft
from tests.ols.reference import batch, close, cross_entropy_of, one_hot, reference_log_softmax


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    log_p = reference_log_softmax(logits)
    target = 0.95 * one_hot(targets, 7) + 0.05 * np.exp(log_p)
    close(BootstrapSoftLoss()(logits, targets), -(target * log_p).sum(1).mean())


def test_the_gradient_goes_through_the_prediction():
    logits, targets = batch(20, 7)
    (gradient,) = torch.autograd.grad(bootstrap_soft(logits, targets, 0.0).mean(), logits)
    p = logits.softmax(1).detach()
    entropy = -(p * p.log()).sum(1, keepdim=True)
    torch.testing.assert_close(gradient, -p * (p.log() + entropy) / 20, rtol=1e-4, atol=1e-6)


def test_all_weight_on_the_label_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(bootstrap_soft(logits, targets, 1.0), cross_entropy_of(logits, targets))
