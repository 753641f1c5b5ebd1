from __future__ import annotations

import pytest
import torch

from ols.methods.maxsup import MaxSupLoss, maxsup
from tests.ols.reference import batch, close, cross_entropy_of


def test_it_is_the_papers_equation():
    logits, targets = batch(20, 7)
    z = logits.detach().double().numpy()
    expected = cross_entropy_of(logits, targets) + 0.3 * (z.max(1) - z.mean(1)).mean()
    close(maxsup(logits, targets, 0.3), expected)


def test_with_weight_zero_it_is_cross_entropy():
    logits, targets = batch(20, 7)
    close(maxsup(logits, targets, 0.0), cross_entropy_of(logits, targets))


def test_where_the_target_is_largest_it_is_label_smoothing():
    logits, _ = batch(20, 7)
    labels = logits.detach().argmax(1)
    smoothed = torch.nn.functional.cross_entropy(
        logits, labels, label_smoothing=0.1, reduction="none"
    )
    torch.testing.assert_close(maxsup(logits, labels, 0.1), smoothed)


@pytest.mark.parametrize(("epoch", "weight"), [(1, 0.1), (6, 0.15), (11, 0.2)])
def test_its_weight_is_linear_in_the_epoch(epoch, weight):
    criterion = MaxSupLoss()
    criterion.begin_epoch(epoch, 11, torch.nn.Identity())
    assert criterion.weight == pytest.approx(weight)
