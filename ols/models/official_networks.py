"""The networks of the paper's CIFAR code (zhangchbin/OnlineLabelSmoothing, cifar/models), which are
others than the published ones of the same names. For images of 32 x 32.

    ResNet-56, -110   bottlenecks in stages of 16, 32, 64, six and twelve each (its default)
    DenseNet          of 6, 12, 24, 16 layers as DenseNet-121, but growth rate 12; a bare stem
    MobileNetV2       half as wide, a stem of stride 2, ReLU, also the first block expands
    ShuffleNetV2      1.0x with a 1 x 1 stem of stride 1
    VGG-16            no batch norm, three poolings, a global average, one linear layer

Built from torchvision's parts. Parameters and multiplications are those of that code to the last
digit; weights start as torchvision's or the paper's recipe for such layers has them.
"""

from __future__ import annotations

from torch import Tensor, nn
from torchvision.models import DenseNet, shufflenet_v2_x1_0
from torchvision.models.resnet import Bottleneck
from torchvision.models.vgg import make_layers
from torchvision.ops.misc import Conv2dNormActivation

from ols.models.cifar_resnets import ThreeStages, residual_stage
from ols.spec.models.official_networks import OfficialNetwork

BLOCKS = {"official_resnet56": 6, "official_resnet110": 12}  # of each stage
# Of MobileNetV2 at full width: expansion, channels, blocks, stride.
INVERTED = (
    *((1, 16, 1, 1), (6, 24, 2, 1), (6, 32, 3, 2), (6, 64, 4, 2)),
    *((6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)),
)
VGG: list[str | int] = [64, 64, "M", 128, 128, "M", 256, 256, 256, "M", *[512] * 6]


def build(model: OfficialNetwork, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    if model.name in BLOCKS:
        return build_resnet(BLOCKS[model.name], in_channels, num_classes)
    others = {
        "official_densenet": build_densenet,
        "official_mobilenetv2": build_mobilenet,
        "official_shufflenetv2": build_shufflenet,
        "official_vgg16": build_vgg,
    }
    return others[model.name](in_channels, num_classes)


def build_resnet(blocks: int, in_channels: int, num_classes: int) -> nn.Module:
    """Three stages of so many bottlenecks."""
    stages, before = [], 16
    for width in (16, 32, 64):
        stages.append(residual_stage(Bottleneck, before, width, blocks, stride=1 + (width > 16)))
        before = width * Bottleneck.expansion
    return ThreeStages(nn.Conv2d(in_channels, 16, 3, padding=1, bias=False), stages, num_classes)


def build_densenet(in_channels: int, num_classes: int) -> nn.Module:
    """Growth rate 12; stages at 1, 1/2, 1/4 and 1/8."""
    network = DenseNet(12, (6, 12, 24, 16), num_init_features=24, num_classes=num_classes)
    network.features.conv0 = nn.Conv2d(in_channels, 24, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(network.features.conv0.weight)
    for name in ("norm0", "relu0", "pool0"):
        setattr(network.features, name, nn.Identity())
    return network


def build_mobilenet(in_channels: int, num_classes: int) -> nn.Module:
    """Half as wide; stages at 1/2, 1/4, 1/8 and 1/16, two of them with two."""
    before = 16
    layers: list[nn.Module] = [_convolution(in_channels, before, 3, stride=2)]
    for expansion, channels, count, stride in INVERTED:
        for place in range(count):
            layers.append(Inverted(before, channels // 2, expansion, stride if not place else 1))
            before = channels // 2
    layers += [_convolution(before, 1280, 1), nn.AdaptiveAvgPool2d(1), nn.Flatten()]
    network = nn.Sequential(*layers, nn.Linear(1280, num_classes))
    return _initialised(network)


def build_shufflenet(in_channels: int, num_classes: int) -> nn.Module:
    """Stages at 1/2, 1/4 and 1/8."""
    network = shufflenet_v2_x1_0(num_classes=num_classes)
    network.conv1[0] = nn.Conv2d(in_channels, 24, 1, bias=False)
    network.maxpool = nn.Identity()
    return network


def build_vgg(in_channels: int, num_classes: int) -> nn.Module:
    """From 32 x 32 to 4 x 4, which are averaged."""
    layers = make_layers(VGG, batch_norm=False)
    layers[0] = nn.Conv2d(in_channels, 64, 3, padding=1)
    head = (nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, num_classes))
    return _initialised(nn.Sequential(*layers, *head))


class Inverted(nn.Module):
    """MobileNetV2's block: expand, convolve each channel, project; a shortcut where shapes fit."""

    def __init__(self, before: int, after: int, expansion: int, stride: int) -> None:
        super().__init__()
        wide = before * expansion
        self.layers = nn.Sequential(
            _convolution(before, wide, 1),
            _convolution(wide, wide, 3, stride=stride, groups=wide),
            _convolution(wide, after, 1, activation_layer=None),
        )
        self.shortcut = stride == 1 and before == after

    def forward(self, images: Tensor) -> Tensor:
        """(B, before, H, W) -> (B, after, H / stride, W / stride)"""
        out = self.layers(images)
        return images + out if self.shortcut else out


def _convolution(before: int, after: int, kernel: int, **options: object) -> nn.Module:
    """With batch norm and, unless told otherwise, ReLU."""
    return Conv2dNormActivation(before, after, kernel, **options)


def _initialised(network: nn.Module) -> nn.Module:
    """As that code: He's deviation for convolutions, 0.01 for the linear layer."""
    for module in network.modules():
        if isinstance(module, nn.Conv2d):
            # `n` there counts all output channels, of a depthwise convolution too.
            fan_out = module.kernel_size[0] * module.kernel_size[1] * module.out_channels
            nn.init.normal_(module.weight, 0, (2 / fan_out) ** 0.5)
            if module.bias is not None:
                nn.init.zeros_(module.bias)
        elif isinstance(module, nn.Linear):
            nn.init.normal_(module.weight, 0, 0.01)
            nn.init.zeros_(module.bias)
    return network
