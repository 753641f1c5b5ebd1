"""Any of torchvision's classification networks, for any number of channels and classes."""

from __future__ import annotations

from typing import Any

from torch import nn

from ols.spec.models.torchvision_networks import TorchvisionNetwork


def build(
    model: TorchvisionNetwork, in_channels: int, num_classes: int, image_size: int
) -> nn.Module:
    """Built by torchvision without weights; the first convolution adapted to `in_channels`."""
    # Imported here: torchvision takes a second to load and the small CNN does without it.
    from torchvision.models import get_model

    options: dict[str, Any] = {"num_classes": num_classes}
    family = model.name.partition("_")[0]
    if family == "vit":
        options["image_size"] = image_size
    if family == "maxvit":
        options["input_size"] = (image_size, image_size)
    if model.name in ("googlenet", "inception_v3"):
        options |= {"aux_logits": False, "init_weights": True}
    network = get_model(model.name, weights=None, **options)
    if model.weights == "imagenet" and in_channels == 3 and hasattr(network, "transform_input"):
        network.transform_input = True  # its weights expect another normalisation than ours
    if in_channels != 3:
        _take_channels(network, in_channels)
    return network


def _take_channels(network: nn.Module, in_channels: int) -> None:
    """Replaces the first convolution, in place, by one of `in_channels`, newly drawn."""
    name, old = next(
        (name, module) for name, module in network.named_modules() if isinstance(module, nn.Conv2d)
    )
    new = nn.Conv2d(
        in_channels,
        old.out_channels,
        old.kernel_size,  # type: ignore[arg-type]
        old.stride,  # type: ignore[arg-type]
        old.padding,  # type: ignore[arg-type]
        bias=old.bias is not None,
    )
    nn.init.kaiming_normal_(new.weight, mode="fan_out", nonlinearity="relu")
    parent, _, child = name.rpartition(".")
    setattr(network.get_submodule(parent), child, new)
