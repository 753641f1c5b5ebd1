from __future__ import annotations

import pytest
import torch

from ols.models import build_model
from ols.spec_parts.models import CifarResNet18, SmallCNN


@pytest.mark.parametrize("model", [SmallCNN(), SmallCNN(width=4), CifarResNet18()])
@pytest.mark.parametrize(("channels", "size"), [(1, 8), (1, 28), (3, 32), (3, 64)])
def test_every_network_takes_images_of_8_to_64_pixels(model, channels, size):
    network = build_model(model, channels, 7)
    logits = network(torch.randn(2, channels, size, size))
    assert logits.shape == (2, 7)
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_cifar_resnet18_has_the_papers_parameters():
    network = build_model(CifarResNet18(), 3, 100)
    assert sum(parameter.numel() for parameter in network.parameters()) == 11_220_132


def test_small_cnn_has_the_published_widths():
    network = build_model(SmallCNN(), 1, 62)
    widths = [m.out_channels for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert widths == [24, 24, 48, 48, 96]


@pytest.mark.parametrize("model", [SmallCNN(), CifarResNet18()])
def test_fresh_logits_are_not_tied(model):
    logits = build_model(model, 1, 10)(torch.randn(4, 1, 16, 16))
    assert all(len(row.unique()) == 10 for row in logits)
