from __future__ import annotations

import numpy as np
from torch import nn

from ols.methods.sat import SelfAdaptiveLoss
from tests.ols.reference import (
    batch,
    close,
    cross_entropy_of,
    one_hot,
    reference_log_softmax,
    step_of,
)


def test_it_is_the_authors_loss_from_its_start_on():
    logits, targets = batch(20, 5)
    criterion = SelfAdaptiveLoss(targets, 5)
    soft = one_hot(targets, 5)
    for epoch in range(1, 6):
        starts = criterion.begin_epoch(epoch, 10, nn.Identity())
        assert starts == (epoch == 4)  # 0.3 of ten epochs are cross-entropy
        logits, _ = batch(20, 5, seed=epoch)
        log_p = reference_log_softmax(logits)
        expected = cross_entropy_of(logits, targets)
        if epoch > 3:
            soft = 0.9 * soft + 0.1 * np.exp(log_p)
            w = soft.max(1)
            expected = (w * -(soft * log_p).sum(1)).sum() / w.sum()
        close(criterion(logits, targets, step_of(range(20))), expected)
        criterion.end_epoch()


def test_a_label_that_the_network_never_believes_is_given_up():
    _, targets = batch(1, 3)
    criterion = SelfAdaptiveLoss(targets, 3)
    criterion.begin_epoch(9, 10, nn.Identity())
    believed = (int(targets[0]) + 1) % 3
    logits = 9.0 * nn.functional.one_hot(targets.new_tensor([believed]), 3).float()
    for _ in range(10):
        criterion(logits, targets, step_of([0]))
    assert criterion.soft.rows[0].argmax() == believed
