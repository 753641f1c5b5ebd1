"""Small CNN: five 3 x 3 convolutions with batch norm, global average pooling, a linear head.

Made for grey or colour images of 8 to 32 pixels: small enough for a CPU, large enough to
memorise wrong labels, which is where methods differ.
"""

from __future__ import annotations

from torch import Tensor, nn

from ols.spec.models.small_cnn import SmallCNN


class SmallConvNet(nn.Module):
    """Widths w, w, 2w, 2w, 4w, at 1, 1/2, 1/4, 1/4 and 1/4 of the image's height and width.

    The first convolution sees every pixel and is pooled before its batch norm, which gives the
    same features as after it for a quarter of the work. That layout takes a third of the time of
    one that pools after the second and the fourth convolution.
    """

    def __init__(self, in_channels: int, num_classes: int, width: int) -> None:
        super().__init__()
        self.features = nn.Sequential(
            *_block(in_channels, width, pool=True),
            *_block(width, width),
            *_block(width, 2 * width, stride=2),
            *_block(2 * width, 2 * width),
            *_block(2 * width, 4 * width),
        )
        # PyTorch's default initialisation: a head of zeros would tie all logits at the start.
        self.head = nn.Linear(4 * width, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) -> logits (B, K)."""
        features = self.features(images)  # (B, 4w, H/4, W/4)
        return self.head(features.mean((2, 3)))


def _block(
    in_channels: int, out_channels: int, stride: int = 1, pool: bool = False
) -> list[nn.Module]:
    convolution = nn.Conv2d(in_channels, out_channels, 3, stride, padding=1, bias=False)
    pooling: list[nn.Module] = [nn.MaxPool2d(2)] if pool else []
    return [convolution, *pooling, nn.BatchNorm2d(out_channels), nn.ReLU(inplace=True)]


def build(model: SmallCNN, in_channels: int, num_classes: int, image_size: int) -> nn.Module:
    return SmallConvNet(in_channels, num_classes, model.width)
