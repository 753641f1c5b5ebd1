"""The networks' code: the file of a family's name builds its networks.

What a network is called, and its fields, stand in the file of the same name in ols/spec/models.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import torch
from torch import nn
from torch.func import functional_call

from ols.errors import FieldError, SpecError
from ols.models.pretrained import load_weights
from ols.spec.models.base import ModelSpec


def build_model(
    model: ModelSpec,
    in_channels: int,
    num_classes: int,
    image_size: int = 224,
    weights_dir: Path | None = None,
) -> nn.Module:
    """The network of `spec.model`: images (B, in_channels, H, W) -> logits (B, num_classes).

    With a data folder as `weights_dir` it starts from the weights that the spec names, a file of
    which lies in its folder `weights`. Raises SpecError where they do not fit, or the network can't
    take images of `image_size` pixels.
    """
    try:
        network = _build(model, in_channels, num_classes, image_size)
        _try_shapes(network, in_channels, image_size)
    except (RuntimeError, ValueError, AssertionError) as error:
        reason = str(error).partition("\n")[0]
        message = (
            f"{model.name} can't take images of {image_size} x {image_size} pixels ({reason}); "
            "choose another network, for small images small_cnn or one of CIFAR's"
        )
        raise SpecError([FieldError("model.name", message)]) from error
    if weights_dir is not None:
        load_weights(network, model, weights_dir)
    return network


def _build(model: ModelSpec, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    code = import_module(model.code_module())
    network: nn.Module = code.build(model, in_channels, num_classes, image_size)
    return network


def _try_shapes(network: nn.Module, in_channels: int, image_size: int) -> None:
    """A forward pass of shapes alone, on PyTorch's meta device: no arithmetic, nothing drawn."""
    tensors = [*network.named_parameters(), *network.named_buffers()]
    images = torch.empty(2, in_channels, image_size, image_size, device="meta")
    with torch.no_grad():
        network.eval()
        functional_call(network, {name: tensor.to("meta") for name, tensor in tensors}, images)
        network.train()
