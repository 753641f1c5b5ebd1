"""PreActResNet-18 and Wide ResNets: batch norm and ReLU stand before each convolution.

torchvision has no such block. As in the paper's CIFAR code: a block that changes the resolution or
the number of channels takes its 1 x 1 shortcut from the activated input. He et al., ECCV 2016;
Zagoruyko and Komodakis, BMVC 2016. PreActResNet-18 ends without a last batch norm, as in the code
that Mixup and many others use.
"""

from __future__ import annotations

from torch import Tensor, nn
from torch.nn import functional as F

# Channels of the stem and of each stage, blocks a stage.
SHAPES = {
    "cifar_preact_resnet18": (64, (64, 128, 256, 512), 2),
    "cifar_wrn_16_8": (16, (128, 256, 512), 2),
    "cifar_wrn_28_10": (16, (160, 320, 640), 4),
}


class PreActBlock(nn.Module):
    """Two 3 x 3 convolutions, (B, before, H, W) -> (B, width, H / stride, W / stride)."""

    def __init__(self, before: int, width: int, stride: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(before)
        self.conv1 = nn.Conv2d(before, width, 3, stride, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.shortcut = None
        if stride > 1 or before != width:
            self.shortcut = nn.Conv2d(before, width, 1, stride, bias=False)

    def forward(self, features: Tensor) -> Tensor:
        active = F.relu(self.norm1(features))
        kept = features if self.shortcut is None else self.shortcut(active)
        return kept + self.conv2(F.relu(self.norm2(self.conv1(active))))


class PreActResNet(nn.Module):
    """A 3 x 3 stem, stages of which each but the first halves height and width, a linear head."""

    def __init__(self, name: str, in_channels: int, num_classes: int) -> None:
        super().__init__()
        stem, widths, count = SHAPES[name]
        self.stem = nn.Conv2d(in_channels, stem, 3, padding=1, bias=False)
        blocks, before = [], stem
        for stage, width in enumerate(widths):
            for block in range(count):
                blocks.append(PreActBlock(before, width, 1 + (stage > 0 and block == 0)))
                before = width
        self.blocks = nn.Sequential(*blocks)
        wide = name.startswith("cifar_wrn")
        self.last = nn.Sequential(nn.BatchNorm2d(before), nn.ReLU()) if wide else nn.Identity()
        self.fc = nn.Linear(before, num_classes)
        for module in self.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) -> logits (B, K)."""
        features = self.last(self.blocks(self.stem(images)))
        return self.fc(features.mean((2, 3)))
