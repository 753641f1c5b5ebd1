from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from ols.methods.negative_label_smoothing import (
    NegativeLabelSmoothingLoss,
    generalized_label_smoothing,
)
from tests.ols.reference import batch, close, cross_entropy_of


def reference(z, y, criterion, number):
    """In the words of the authors' loss_gls, in float64."""
    rate = criterion.rate if criterion.smoothing else 0
    return -(1 - rate) * log_softmax(z)[y] - rate * log_softmax(z).mean()


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    rows = logits.detach().double().numpy()
    for rate in (-0.2, -4.0):
        criterion = NegativeLabelSmoothingLoss(rate, warmup=0)
        losses = [reference(z, y, criterion, 0) for z, y in zip(rows, targets, strict=True)]
        close(criterion(logits, targets), np.mean(losses))


def test_above_zero_it_is_pytorchs_label_smoothing():
    logits, targets = batch(20, 7)
    expected = torch.nn.functional.cross_entropy(logits, targets, label_smoothing=0.2)
    close(generalized_label_smoothing(logits, targets, 0.2), expected.item())


@pytest.mark.parametrize(
    ("epoch", "smooths", "news"),
    [(1, False, False), (2, False, False), (3, True, True), (4, True, False)],
)
def test_cross_entropy_comes_first(epoch, smooths, news):
    logits, targets = batch(20, 7)
    criterion = NegativeLabelSmoothingLoss(-1.0, warmup=0.5)
    assert criterion.begin_epoch(epoch, 4, torch.nn.Linear(1, 1)) == news
    smoothed = generalized_label_smoothing(logits, targets, -1.0).mean().item()
    expected = smoothed if smooths else cross_entropy_of(logits, targets)
    close(criterion(logits, targets), expected)
