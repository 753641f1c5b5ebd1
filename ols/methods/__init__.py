"""The table of training methods: name in a spec -> criterion.

A criterion is an `nn.Module` called as `loss = criterion(logits, targets)` with logits (B, K) and
targets (B,) int64; it returns a scalar, the mean over the batch. Adding a method is one file here,
one line in METHODS, one class in ols.spec and one entry in ols.catalogue.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from ols.methods import hard, label_smoothing, online_label_smoothing

METHODS: dict[str, Callable[[Any, int], nn.Module]] = {
    "hard": hard.build,
    "label_smoothing": label_smoothing.build,
    "ols": online_label_smoothing.build,
}


def build_criterion(method: Any, num_classes: int) -> nn.Module:
    """The criterion of `spec.method` for K = num_classes."""
    return METHODS[method.name](method, num_classes)
