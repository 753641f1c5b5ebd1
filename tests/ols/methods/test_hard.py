from __future__ import annotations

import torch
import torch.nn.functional as F

from ols.methods import build_criterion
from ols.spec.methods.hard import HardLabels


def test_hard_labels_are_cross_entropy():
    logits, targets = torch.randn(20, 7), torch.randint(7, (20,))
    criterion = build_criterion(HardLabels(), 7)
    assert torch.equal(criterion(logits, targets), F.cross_entropy(logits, targets))
