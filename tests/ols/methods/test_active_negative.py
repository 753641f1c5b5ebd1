from __future__ import annotations

import numpy as np
import torch
from scipy.special import log_softmax

from ols.methods.active_negative import ActiveNegativeLoss, normalized_negative_cross_entropy
from tests.ols.reference import batch, close


def reference(z, y, criterion, number):
    """In the words of the authors' loss.py, in float64."""
    p = np.clip(np.exp(log_softmax(z)), 1e-7, 1)
    a = -np.log(1e-7) + np.log(p)
    nce = log_softmax(z)[y] / log_softmax(z).sum()
    return criterion.alpha * nce + criterion.beta * (1 - a[y] / a.sum())


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    rows = logits.detach().double().numpy()
    for weights in ((10.0, 1.0), (5.0, 5.0)):
        criterion = ActiveNegativeLoss(*weights)
        losses = [reference(z, y, criterion, 0) for z, y in zip(rows, targets, strict=True)]
        close(criterion(logits, targets), np.mean(losses))


def test_the_negative_losses_of_all_labels_sum_to_all_but_one():
    logits, _ = batch(1, 7)
    losses = [normalized_negative_cross_entropy(logits, torch.tensor([k])) for k in range(7)]
    close(sum(losses), 6.0)


def test_a_certain_prediction_costs_nothing_if_right_and_one_if_wrong():
    logits = torch.tensor([[40.0, 0, 0], [40.0, 0, 0]])
    losses = normalized_negative_cross_entropy(logits, torch.tensor([0, 1]))
    torch.testing.assert_close(losses, torch.tensor([0.0, 1.0]))
