"""Label smoothing (Szegedy et al., CVPR 2016): (1 - epsilon) * one-hot + epsilon / K.

PyTorch's own loss computes exactly that. Mind the definition: the target keeps
1 - epsilon + epsilon / K, so the true class takes part in the uniform share.
"""

from __future__ import annotations

from torch import nn

from ols.methods.criterion import RunContext
from ols.spec.methods.label_smoothing import LabelSmoothing


def build(method: LabelSmoothing, context: RunContext) -> nn.Module:
    return nn.CrossEntropyLoss(label_smoothing=method.epsilon)
