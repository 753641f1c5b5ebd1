"""The networks of the paper's CIFAR code, counted: every layer's shape is in these numbers."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from ols.models import build_model
from ols.spec.models.official_networks import OfficialNetwork

# Parameters and multiplications of an image of 3 x 32 x 32 with 100 classes, counted on
# zhangchbin/OnlineLabelSmoothing, cifar/models, as train_cifar_all_methods.py builds them.
COUNTS = {
    "official_resnet56": (614_452, 87_237_632),
    "official_resnet110": (1_170_868, 167_453_696),
    "official_densenet": (1_035_268, 125_376_000),
    "official_mobilenetv2": (812_836, 6_523_648),
    "official_shufflenetv2": (1_355_528, 44_504_448),
    "official_vgg16": (14_765_988, 398_182_400),
}
LISTED = {network.name: network.parameters for network in OfficialNetwork.networks}


def multiplications(network: nn.Module, images: torch.Tensor) -> int:
    """Of convolutions and linear layers, per image."""
    counts = []

    def add(layer, _, out):
        places = out.shape[2:].numel() if isinstance(layer, nn.Conv2d) else 1
        counts.append(places * layer.weight.numel())

    for layer in network.modules():
        if isinstance(layer, nn.Conv2d | nn.Linear):
            layer.register_forward_hook(add)
    network.eval()(images)
    return sum(counts)


@pytest.mark.parametrize("name", COUNTS)
def test_parameters_and_multiplications_are_the_papers_codes(name):
    with torch.device("meta"):
        network = build_model(OfficialNetwork(name=name), 3, 100, 32)
        made = multiplications(network, torch.empty(1, 3, 32, 32))
    parameters = sum(parameter.numel() for parameter in network.parameters())
    assert (parameters, made) == COUNTS[name]
    assert LISTED[name] == parameters


@pytest.mark.parametrize("name", COUNTS)
def test_every_parameter_learns_on_grey_images_too(name):
    network = build_model(OfficialNetwork(name=name), 1, 7, 32)
    logits = network(torch.randn(2, 1, 32, 32))
    assert logits.shape == (2, 7)
    logits.square().sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert all(len(row.unique()) == 7 for row in logits)
