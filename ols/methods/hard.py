"""Hard labels: cross-entropy against the labels as given, the baseline of every comparison."""

from __future__ import annotations

from torch import nn

from ols.methods.criterion import RunContext
from ols.spec.methods.hard import HardLabels


def build(method: HardLabels, context: RunContext) -> nn.Module:
    """PyTorch's own loss; the spec's part holds nothing that it needs."""
    return nn.CrossEntropyLoss()
