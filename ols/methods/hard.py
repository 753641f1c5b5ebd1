"""Hard labels: cross-entropy against the labels as given, the baseline of every comparison."""

from __future__ import annotations

from torch import nn

from ols.methods.criterion import Setting
from ols.spec.methods.smoothing import HardLabels


def build(method: HardLabels, setting: Setting) -> nn.Module:
    """PyTorch's own loss; the spec's part holds nothing that it needs."""
    return nn.CrossEntropyLoss()
