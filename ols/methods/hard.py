"""Hard labels: cross-entropy against the labels as given, the baseline of every comparison."""

from __future__ import annotations

from torch import nn

from ols.spec_parts.smoothing import HardLabels


def build(method: HardLabels, num_classes: int) -> nn.Module:
    """PyTorch's own loss; K and the spec's part hold nothing that it needs."""
    return nn.CrossEntropyLoss()
