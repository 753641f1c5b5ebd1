"""Every network of the catalogue: shapes, gradients, parameters against the literature."""

from __future__ import annotations

import pytest
import torch

from ols.errors import SpecError
from ols.models import build_model
from ols.models import cifar_networks as cifar_builder
from ols.models import torchvision_networks as torchvision_builder
from ols.models.self_attention import KINDS
from ols.spec.catalogue import MODELS
from ols.spec.models import torchvision_networks
from ols.spec.models.cifar_networks import CifarNetwork
from ols.spec.models.official_networks import OfficialNetwork
from ols.spec.models.small_cnn import SmallCNN
from ols.spec.models.torchvision_networks import TorchvisionNetwork

CIFAR_NAMES = CifarNetwork.names()
TORCHVISION_NAMES = TorchvisionNetwork.names()
PARAMETERS = {network.name: network.parameters for network in CifarNetwork.networks}


def count(network) -> int:
    return sum(parameter.numel() for parameter in network.parameters())


# With 3 channels and 100 classes, to the source's precision:
# [P] the paper's own log, cifar/resnext29-2x64d.log of zhangchbin/OnlineLabelSmoothing;
# [W] weiaicunzai/pytorch-cifar100, README; [R] rentainhe/pytorch-models, classic-network.md;
# [O] osmr/imgclsmob, asserted in its code; [Z] Zagoruyko and Komodakis 2016, table 4;
# [D] da2so/DA2Lite, model_zoo/README (K = 10);
# [K] networks of kuangliu/pytorch-cifar, counted in READMEs of its forks (K = 10).
LITERATURE = {
    "cifar_resnet18": (11.22e6, 0.005e6),  # [R]
    "cifar_resnet34": (21.33e6, 0.005e6),  # [R]
    "cifar_resnet50": (23.71e6, 0.005e6),  # [R]
    "cifar_resnet101": (42.70e6, 0.005e6),  # [R]
    "cifar_resnet56": (861_620, 0),  # [O]
    "cifar_resnet110": (1_736_564, 0),  # [O]
    "cifar_wrn_16_8": (11.0e6, 0.05e6),  # [Z]
    "cifar_wrn_28_10": (36_536_884, 0),  # [O]
    "cifar_densenet121": (6.96e6 + 90 * 1025, 0.005e6),  # [D]
    "cifar_mobilenet_v2": (2.36e6, 0.01e6),  # [W]
    "cifar_shufflenet_v2": (1.3e6, 0.06e6),  # [W]
    "cifar_vgg16": (14_728_266 + 90 * 513, 0),  # [K]
    # [W] has 11.3 M: its shortcuts have batch norms and biases of their own.
    "cifar_preact_resnet18": (11.3e6, 0.09e6),
    "cifar_resnext29_2x64d": (9_221_028, 0),  # [P]; [K] 9,128,778
    "cifar_resnext29_4x64d": (27_104_586 + 90 * 2049, 0),  # [K]
    "cifar_resnext29_32x4d": (4_774_218 + 90 * 1025, 0),  # [K]; [O] has a 3 x 3 stem, 1,536 more
}


@pytest.mark.parametrize("name", CIFAR_NAMES)
def test_cifar_networks_have_the_literatures_parameters(name):
    with torch.device("meta"):
        made = count(build_model(CifarNetwork(name=name), 3, 100, 32))
    expected, tolerance = LITERATURE[name]
    assert made == pytest.approx(expected, abs=tolerance, rel=0)
    assert made == PARAMETERS[name]


@pytest.mark.parametrize("name", CIFAR_NAMES)
def test_cifar_networks_keep_the_resolution_of_the_first_stage(name):
    shapes = []
    with torch.device("meta"):
        network = build_model(CifarNetwork(name=name), 3, 10, 32).eval()
        for module in network.modules():
            if isinstance(module, torch.nn.Conv2d):
                module.register_forward_hook(lambda *call: shapes.append(call[2].shape[-1]))
        assert network(torch.empty(2, 3, 32, 32)).shape == (2, 10)
    assert shapes[0] == 32
    assert min(shapes) >= (2 if name == "cifar_vgg16" else 4)


@pytest.mark.parametrize(
    "name",
    [
        *("cifar_resnet56", "cifar_resnext29_32x4d", "cifar_preact_resnet18"),
        *("cifar_mobilenet_v2", "cifar_shufflenet_v2"),
    ],
)
def test_every_parameter_of_a_cifar_network_learns(name):
    network = build_model(CifarNetwork(name=name), 1, 7, 32)
    logits = network(torch.randn(2, 1, 32, 32))
    logits.square().sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())
    assert all(len(row.unique()) == 7 for row in logits)


@pytest.mark.parametrize("model", [SmallCNN(), SmallCNN(width=4), CifarNetwork()])
@pytest.mark.parametrize(("channels", "size"), [(1, 8), (1, 28), (3, 32), (3, 64)])
def test_small_networks_take_images_of_8_to_64_pixels(model, channels, size):
    network = build_model(model, channels, 7, size)
    logits = network(torch.randn(2, channels, size, size))
    assert logits.shape == (2, 7)
    logits.sum().backward()
    assert all(parameter.grad is not None for parameter in network.parameters())


def test_small_cnn_has_the_published_widths():
    network = build_model(SmallCNN(), 1, 62)
    widths = [m.out_channels for m in network.modules() if isinstance(m, torch.nn.Conv2d)]
    assert widths == [24, 24, 48, 48, 96]


@pytest.mark.parametrize("model", [SmallCNN(), CifarNetwork()])
def test_fresh_logits_are_not_tied(model):
    logits = build_model(model, 1, 10, 16)(torch.randn(4, 1, 16, 16))
    assert all(len(row.unique()) == 10 for row in logits)


def test_the_static_list_is_torchvisions():
    from torchvision import models

    listed = {network.name: network.parameters for network in TorchvisionNetwork.networks}
    assert set(listed) == set(models.list_models(module=models))
    assert list(listed) == list(TORCHVISION_NAMES)
    for name, size in listed.items():
        published = {entry.meta["num_params"] for entry in models.get_model_weights(name)}
        assert size in published, name


@pytest.mark.slow
# One of each architecture; RegNets compute while they are built, so they can't be on "meta".
@pytest.mark.parametrize(
    "name",
    [
        *("resnet18", "resnext50_32x4d", "wide_resnet50_2", "densenet121", "efficientnet_b0"),
        *("efficientnet_v2_s", "mobilenet_v2", "mobilenet_v3_small", "mnasnet0_5", "alexnet"),
        *("shufflenet_v2_x0_5", "squeezenet1_1", "regnet_x_400mf", "convnext_tiny", "vgg11"),
        *("googlenet", "inception_v3", "vit_b_32", "swin_t", "swin_v2_t", "maxvit_t"),
    ],
)
def test_torchvisions_networks_take_grey_images_and_any_classes(name):
    size = 299 if name == "inception_v3" else 224
    with torch.device("cpu" if "regnet" in name else "meta"):
        model = TorchvisionNetwork(name=name)
        network = torchvision_builder.build(model, 1, 7, size).to("meta").train()
        assert network(torch.empty(2, 1, size, size, device="meta")).shape == (2, 7)


@pytest.mark.parametrize(("name", "size"), [("vit_b_32", 100), ("maxvit_t", 100)])
def test_a_transformer_says_that_it_does_not_take_a_size(name, size):
    with pytest.raises(SpecError, match=rf"model\.name: {name} can't take images of {size}"):
        build_model(TorchvisionNetwork(name=name), 3, 10, size)


def test_images_that_are_too_small_are_refused_by_name():
    with pytest.raises(SpecError, match=r"model\.name: alexnet can't take images of 8 x 8 pixels"):
        build_model(TorchvisionNetwork(name="alexnet"), 1, 10, 8)


def test_trying_the_shapes_draws_no_random_numbers():
    model = CifarNetwork(name="cifar_resnet56")
    torch.manual_seed(5)
    plain = cifar_builder.build(model, 3, 10, 32).state_dict()
    torch.manual_seed(5)
    tried = build_model(model, 3, 10, 32).state_dict()
    assert all(torch.equal(plain[key], tried[key]) for key in plain)


def test_the_catalogue_has_every_network_with_its_family():
    families = {entry.facts["family"] for entry in MODELS}
    own = {"Small images", "CIFAR", "The paper's code", "Self-attention"}
    assert families == {*own, *torchvision_networks.GROUPS}
    official = OfficialNetwork.names()
    assert len(MODELS) == 1 + len(CIFAR_NAMES) + len(official) + len(KINDS) + len(TORCHVISION_NAMES)
