"""DenseNet-121, MobileNetV2, ShuffleNetV2 and VGG-16 for images of 32 x 32, from torchvision's.

Each is torchvision's network with strides taken out of its stem, so that the first stage sees the
full resolution, as usual on CIFAR; VGG-16 keeps its five poolings and has one linear layer instead
of three. (The paper's CIFAR code has thinner variants of the first three under these names.)
"""

from __future__ import annotations

from torch import nn
from torchvision.models import densenet121, mobilenet_v2, shufflenet_v2_x1_0, vgg16_bn


def build_densenet(in_channels: int, num_classes: int) -> nn.Module:
    """DenseNet-121, growth rate 32; stages at 1, 1/2, 1/4 and 1/8."""
    network = densenet121(num_classes=num_classes)
    network.features.conv0 = _stem(in_channels, 64)
    network.features.pool0 = nn.Identity()
    return network


def build_mobilenet(in_channels: int, num_classes: int) -> nn.Module:
    """MobileNetV2; its stem and second stage have stride 1."""
    stages = [
        *([1, 16, 1, 1], [6, 24, 2, 1], [6, 32, 3, 2], [6, 64, 4, 2]),
        *([6, 96, 3, 1], [6, 160, 3, 2], [6, 320, 1, 1]),
    ]
    network = mobilenet_v2(num_classes=num_classes, inverted_residual_setting=stages)
    network.features[0][0] = _stem(in_channels, 32)
    return network


def build_shufflenet(in_channels: int, num_classes: int) -> nn.Module:
    """ShuffleNetV2 1.0x; stages at 1/2, 1/4 and 1/8."""
    network = shufflenet_v2_x1_0(num_classes=num_classes)
    network.conv1[0] = _stem(in_channels, 24)
    network.maxpool = nn.Identity()
    return network


def build_vgg(in_channels: int, num_classes: int) -> nn.Module:
    """VGG-16 with batch norm; from 32 x 32 to 1 x 1 in five poolings."""
    network = vgg16_bn(num_classes=num_classes)
    network.features[0] = _stem(in_channels, 64, bias=True)
    network.avgpool = nn.AdaptiveAvgPool2d(1)
    network.classifier = nn.Linear(512, num_classes)
    return network


def _stem(in_channels: int, width: int, bias: bool = False) -> nn.Conv2d:
    convolution = nn.Conv2d(in_channels, width, 3, padding=1, bias=bias)
    nn.init.kaiming_normal_(convolution.weight, mode="fan_out", nonlinearity="relu")
    if convolution.bias is not None:
        nn.init.zeros_(convolution.bias)
    return convolution
