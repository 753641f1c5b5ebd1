"""SAN-15: a network of self-attention instead of convolutions (Zhao et al., CVPR 2020).

    y_i = sum_{j in R(i)} alpha(x)_ij * beta(x_j)

R(i) is a window around place i, reflected at the image's edge. The weights alpha come, where
attention is *pairwise*, from the features of i and j and from where they lie, and sum to 1 over the
window; where it is *patchwise*, from all features of the window at once. Eight channels share a
weight. Every other layer sees single places, and 2 x 2 poolings lead from stage to stage.

Modules are named as in the authors' code, so that their published weights can be started from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from itertools import product

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from ols.spec.models.self_attention import SelfAttentionNetwork

# Of each stage: channels, blocks, and the window's width.
STAGES = ((64, 3, 3), (256, 2, 7), (512, 3, 7), (1024, 5, 7), (2048, 2, 7))
SHARING = 8  # channels that share a weight


class Attention(nn.Module, ABC):
    """What both kinds share: (B, before, H, W) -> (B, width, H, W)."""

    def __init__(self, before: int, inner: int, width: int, window: int) -> None:
        super().__init__()
        self.window = window
        self.conv1 = nn.Conv2d(before, inner, 1)  # of the place itself
        self.conv2 = nn.Conv2d(before, inner, 1)  # of the places around it
        self.conv3 = nn.Conv2d(before, width, 1)  # what is summed

    def forward(self, features: Tensor) -> Tensor:
        own, near = self.conv1(features).flatten(2), around(self.conv2(features), self.window)
        weights = self.weights(own.unsqueeze(2), near, features.shape[2:])
        return weighted_sum(self.conv3(features), weights.unflatten(3, features.shape[2:]))

    @abstractmethod
    def weights(self, own: Tensor, near: Tensor, size: torch.Size) -> Tensor:
        """Features (B, inner, 1, P) and (B, inner, places, P) -> (B, width / 8, places, P)."""


class Pairwise(Attention):
    """softmax over the window of gamma([phi(x_i) - psi(x_j), p_i - p_j])."""

    def __init__(self, before: int, inner: int, width: int, window: int) -> None:
        super().__init__(before, inner, width, window)
        self.conv_p = nn.Conv2d(2, 2, 1)
        self.conv_w = mapping(inner + 2, inner, width // SHARING)

    def weights(self, own: Tensor, near: Tensor, size: torch.Size) -> Tensor:
        assert self.conv_p.bias is not None
        # As conv_p maps them, but in full precision: in bf16 neighbours would lie at one place.
        mapped = (self.conv_p.weight * coordinates(size, own.device)).sum(1)  # (2, H, W)
        places = (mapped + self.conv_p.bias.view(2, 1, 1)).unsqueeze(0)
        offsets = places.flatten(2).unsqueeze(2) - around(places, self.window)
        offsets = offsets.expand(len(own), -1, -1, -1)
        return self.conv_w(torch.cat([own - near, offsets], 1)).softmax(2)


class Patchwise(Attention):
    """gamma([phi(x_i), psi(x_j) of every j in the window])."""

    def __init__(self, before: int, inner: int, width: int, window: int) -> None:
        super().__init__(before, inner, width, window)
        shared = width // SHARING
        self.conv_w = mapping(inner * (window**2 + 1), shared, window**2 * shared)

    def weights(self, own: Tensor, near: Tensor, size: torch.Size) -> Tensor:
        patch = torch.cat([own, near.flatten(1, 2).unsqueeze(2)], 1)
        return self.conv_w(patch).squeeze(2).unflatten(1, (-1, self.window**2))


class Block(nn.Module):
    """Attention at a quarter of the width, between batch norms, around a shortcut."""

    def __init__(self, kind: type[Attention], width: int, window: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(width)
        self.sam = kind(width, width // 16, width // 4, window)
        self.bn2 = nn.BatchNorm2d(width // 4)
        self.conv = nn.Conv2d(width // 4, width, 1)

    def forward(self, features: Tensor) -> Tensor:
        attended = self.sam(F.relu(self.bn1(features)))
        return features + self.conv(F.relu(self.bn2(attended)))


class SelfAttentionNet(nn.Module):
    """Five stages at 1/2 to 1/32 of the image's height and width, and a linear head."""

    def __init__(self, kind: type[Attention], in_channels: int, num_classes: int) -> None:
        super().__init__()
        before = STAGES[0][0]
        self.conv_in = nn.Conv2d(in_channels, before, 1, bias=False)
        self.bn_in = nn.BatchNorm2d(before)
        for stage, (width, count, window) in enumerate(STAGES):
            blocks = (Block(kind, width, window) for _ in range(count))
            self.add_module(f"conv{stage}", nn.Conv2d(before, width, 1, bias=False))
            self.add_module(f"layer{stage}", nn.Sequential(*blocks))
            self.add_module(f"bn{stage}", nn.BatchNorm2d(width))
            before = width
        self.fc = nn.Linear(before, num_classes)

    def forward(self, images: Tensor) -> Tensor:
        """Images (B, C, H, W) -> logits (B, K)."""
        features = F.relu(self.bn_in(self.conv_in(images)))
        for stage in range(len(STAGES)):
            features = F.max_pool2d(features, 2)
            for part in ("conv", "layer", "bn"):
                features = self.get_submodule(f"{part}{stage}")(features)
            features = F.relu(features)
        return self.fc(features.mean((2, 3)))


def mapping(before: int, inner: int, after: int) -> nn.Sequential:
    """gamma: from features to weights, at each place."""
    return nn.Sequential(
        *(nn.BatchNorm2d(before), nn.ReLU(inplace=True)),
        nn.Conv2d(before, inner, 1, bias=False),
        *(nn.BatchNorm2d(inner), nn.ReLU(inplace=True)),
        nn.Conv2d(inner, after, 1),
    )


def coordinates(size: torch.Size, device: torch.device) -> Tensor:
    """(1, 2, H, W): each place's column and row, from -1 to 1."""
    rows, columns = (torch.linspace(-1, 1, count, device=device) for count in size)
    return torch.stack(torch.meshgrid(columns, rows, indexing="xy")).unsqueeze(0)


def around(features: Tensor, window: int) -> Tensor:
    """(B, C, H, W) -> (B, C, window**2, H * W): what lies around each place."""
    padded = F.pad(features, [window // 2] * 4, mode="reflect")
    return F.unfold(padded, window).unflatten(1, (-1, window**2))


def weighted_sum(features: Tensor, weights: Tensor) -> Tensor:
    """Features (B, C, H, W), weights (B, G, window**2, H, W) -> (B, C, H, W).

    Channel c takes weight c mod G. Place by place of the window, for all of its features at once
    would be as many copies of them.
    """
    window = round(weights.shape[2] ** 0.5)
    padded = F.pad(features, [window // 2] * 4, mode="reflect")
    height, width = features.shape[2:]
    kind = torch.promote_types(features.dtype, torch.float32)  # 49 terms are too many for bf16
    total = torch.zeros_like(features, dtype=kind).unflatten(1, (-1, weights.shape[1]))
    for place, (row, column) in enumerate(product(range(window), repeat=2)):
        near = padded[:, :, row : row + height, column : column + width]
        total = total + near.unflatten(1, total.shape[1:3]) * weights[:, None, :, place]
    return total.flatten(1, 2)


KINDS: dict[str, type[Attention]] = {"san15_pairwise": Pairwise, "san15_patchwise": Patchwise}


def build(
    model: SelfAttentionNetwork, in_channels: int, num_classes: int, image_size: int
) -> nn.Module:
    return SelfAttentionNet(KINDS[model.name], in_channels, num_classes)
