from __future__ import annotations

import torch
import torch.nn.functional as F

from ols.methods import build_criterion
from ols.spec.methods.label_smoothing import LabelSmoothing


def test_label_smoothing_mixes_with_the_uniform_distribution():
    logits, targets = torch.randn(20, 7), torch.randint(7, (20,))
    criterion = build_criterion(LabelSmoothing(epsilon=0.2), 7)
    target = 0.8 * F.one_hot(targets, 7) + 0.2 / 7
    expected = -(target * logits.log_softmax(1)).sum(1).mean()
    torch.testing.assert_close(criterion(logits, targets), expected)
