"""The table of networks: name in a spec -> builder."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from torch import nn

from ols.models import cifar_resnet18, small_cnn

MODELS: dict[str, Callable[[Any, int, int], nn.Module]] = {
    "small_cnn": small_cnn.build,
    "cifar_resnet18": cifar_resnet18.build,
}


def build_model(model: Any, in_channels: int, num_classes: int) -> nn.Module:
    """The network of `spec.model`: images (B, in_channels, H, W) -> logits (B, num_classes)."""
    return MODELS[model.name](model, in_channels, num_classes)
