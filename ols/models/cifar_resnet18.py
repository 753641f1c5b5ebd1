"""CIFAR ResNet-18: torchvision's ResNet with a 3 x 3 stem and no max-pooling.

11,220,132 parameters for 3 channels and 100 classes, as in the paper's CIFAR code.
"""

from __future__ import annotations

from torch import nn

from ols.spec_parts.models import CifarResNet18


def build(model: CifarResNet18, in_channels: int, num_classes: int) -> nn.Module:
    # Imported here: torchvision takes a second to load and the small CNN does without it.
    from torchvision.models import resnet18

    network = resnet18(num_classes=num_classes)
    network.conv1 = nn.Conv2d(in_channels, 64, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    network.maxpool = nn.Identity()
    return network
