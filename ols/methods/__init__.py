"""The training methods' code: the file of a method's name makes its criterion.

A criterion is an `nn.Module` called as `loss = criterion(logits, targets)` with logits (B, K) and
targets (B,) int64 or (B, K) mixed; it returns a scalar, the mean over the batch. Those here are a
Criterion (ols.methods.criterion), but PyTorch's own and OLS. What a method is called, and its
fields, stand in the file of the same name in ols/spec/methods; docs/add-a-method.md adds one.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

from torch import nn

from ols.methods.criterion import RunContext
from ols.spec.methods.base import MethodSpec


def build_criterion(method: MethodSpec, num_classes: int, **context: Any) -> nn.Module:
    """The criterion of `spec.method` for K = num_classes; `context`: the rest of a RunContext."""
    code = import_module(method.code_module())
    criterion: nn.Module = code.build(method, RunContext(num_classes, **context))
    return criterion
