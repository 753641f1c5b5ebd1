"""The networks for images of 32 x 32 pixels: name in a spec -> builder."""

from __future__ import annotations

from torch import nn

from ols.spec.models.cifar_networks import CifarNetwork


def build(model: CifarNetwork, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    # Imported here: torchvision takes a second to load and the small CNN does without it.
    from ols.models import cifar_others, cifar_resnets, preact_resnets

    name = model.name
    if name in cifar_resnets.DEPTHS:
        return cifar_resnets.build_resnet(name, in_channels, num_classes)
    if name in cifar_resnets.BLOCKS:
        return cifar_resnets.build_thin_resnet(name, in_channels, num_classes)
    if name in cifar_resnets.GROUPS:
        return cifar_resnets.build_resnext(name, in_channels, num_classes)
    if name in preact_resnets.SHAPES:
        return preact_resnets.PreActResNet(name, in_channels, num_classes)
    others = {
        "cifar_densenet121": cifar_others.build_densenet,
        "cifar_mobilenet_v2": cifar_others.build_mobilenet,
        "cifar_shufflenet_v2": cifar_others.build_shufflenet,
        "cifar_vgg16": cifar_others.build_vgg,
    }
    return others[name](in_channels, num_classes)
