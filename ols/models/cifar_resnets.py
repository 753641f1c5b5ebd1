"""ResNets and ResNeXts for images of 32 x 32, of torchvision's blocks.

ResNet-18 to -101 are torchvision's with a 3 x 3 stem and no max-pooling. ResNet-56 and -110 (He et
al., section 4.2) have three stages of 16, 32 and 64 channels. ResNeXt-29 has three stages of three
blocks of twice the width of their grouped convolution, which doubles with each stage, and a 1 x 1
stem. All as in the paper's CIFAR code, whose ResNet-56 and -110 take basic blocks or bottlenecks;
these are the basic blocks of the original.
"""

from __future__ import annotations

from typing import Any

from torch import Tensor, nn
from torchvision.models.resnet import BasicBlock, Bottleneck, ResNet

DEPTHS: dict[str, tuple[type[BasicBlock | Bottleneck], list[int]]] = {
    "cifar_resnet18": (BasicBlock, [2, 2, 2, 2]),
    "cifar_resnet34": (BasicBlock, [3, 4, 6, 3]),
    "cifar_resnet50": (Bottleneck, [3, 4, 6, 3]),
    "cifar_resnet101": (Bottleneck, [3, 4, 23, 3]),
}
BLOCKS = {"cifar_resnet56": 9, "cifar_resnet110": 18}  # of each stage
# Groups and their width in the first stage.
GROUPS = {
    "cifar_resnext29_2x64d": (2, 64),
    "cifar_resnext29_4x64d": (4, 64),
    "cifar_resnext29_32x4d": (32, 4),
}


def build_resnet(name: str, in_channels: int, num_classes: int) -> nn.Module:
    """ResNet-18, -34, -50 or -101."""
    network = ResNet(*DEPTHS[name], num_classes=num_classes)
    network.conv1 = nn.Conv2d(in_channels, 64, 3, padding=1, bias=False)
    nn.init.kaiming_normal_(network.conv1.weight, mode="fan_out", nonlinearity="relu")
    network.maxpool = nn.Identity()
    return network


def build_thin_resnet(name: str, in_channels: int, num_classes: int) -> nn.Module:
    """ResNet-56 or -110."""
    stages, before = [], 16
    for width in (16, 32, 64):
        stages.append(
            residual_stage(BasicBlock, before, width, BLOCKS[name], stride=width // before)
        )
        before = width
    return ThreeStages(nn.Conv2d(in_channels, 16, 3, padding=1, bias=False), stages, num_classes)


class ResNeXtBlock(Bottleneck):
    """Gives twice the channels of its grouped convolution, not four times."""

    expansion = 2


def build_resnext(name: str, in_channels: int, num_classes: int) -> nn.Module:
    """ResNeXt-29."""
    groups, group_width = GROUPS[name]
    stages, before = [], 64
    for stage in range(3):
        width = groups * group_width * 2**stage
        # torchvision's width of the grouped convolution: width * base_width / 64 * groups.
        shape = {"groups": groups, "base_width": 64 // groups}
        stages.append(
            residual_stage(ResNeXtBlock, before, width, 3, stride=1 + (stage > 0), **shape)
        )
        before = width * ResNeXtBlock.expansion
    return ThreeStages(nn.Conv2d(in_channels, 64, 1, bias=False), stages, num_classes)


class ThreeStages(nn.Module):
    """A stem, stages at 1, 1/2 and 1/4 of the image's height and width, and a linear head."""

    def __init__(self, stem: nn.Conv2d, stages: list[nn.Sequential], num_classes: int) -> None:
        super().__init__()
        self.stem = nn.Sequential(stem, nn.BatchNorm2d(stem.out_channels), nn.ReLU(inplace=True))
        self.stages = nn.Sequential(*stages)
        self.fc = nn.Linear(_channels(stages[-1][-1]), num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) -> logits (B, K)."""
        return self.fc(self.stages(self.stem(images)).mean((2, 3)))


def _channels(block: nn.Module) -> int:
    """Those that a block gives."""
    convolutions = [layer for layer in block.children() if isinstance(layer, nn.Conv2d)]
    return convolutions[-1].out_channels


def residual_stage(
    block: Any, before: int, width: int, count: int, stride: int, **shape: int
) -> Any:
    """`count` blocks, of which the first changes the resolution and the number of channels."""
    after = width * block.expansion
    shortcut = None
    if stride > 1 or before != after:
        convolution = nn.Conv2d(before, after, 1, stride, bias=False)
        shortcut = nn.Sequential(convolution, nn.BatchNorm2d(after))
    first = block(before, width, stride, shortcut, **shape)
    return nn.Sequential(first, *(block(after, width, **shape) for _ in range(count - 1)))
