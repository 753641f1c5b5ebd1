"""SAN-15, against the definition place by place."""

from __future__ import annotations

import pytest
import torch

from ols.errors import SpecError
from ols.models import build_model
from ols.models.self_attention import KINDS, SHARING, Pairwise, Patchwise
from ols.spec.catalogue import MODELS
from ols.spec.models.self_attention import SelfAttentionNetwork

# Table 4 of the paper, as in the README of hszhao/SAN; millions, K = 1,000.
PUBLISHED = {"san15_pairwise": 14.1, "san15_patchwise": 16.2}


def reflected(i, count):
    """The place that `i` stands for beyond an edge: 2 for -2, count - 2 for count."""
    return abs(i) if i < count else 2 * (count - 1) - i


def window_of(i, j, size, window):
    reach = range(-(window // 2), window // 2 + 1)
    return [(reflected(i + a, size[0]), reflected(j + b, size[1])) for a in reach for b in reach]


def attended(layer, features):
    """(B, C, H, W) -> (B, width, H, W): one place after another, gamma being the layer's own."""
    size, window = features.shape[2:], layer.window
    phi, psi, beta = (f(features) for f in (layer.conv1, layer.conv2, layer.conv3))
    axes = [torch.linspace(-1, 1, count).double() for count in size]
    result = torch.empty_like(beta)
    for i in range(size[0]):
        for j in range(size[1]):
            near = window_of(i, j, size, window)
            if isinstance(layer, Pairwise):
                columns = []
                for a, b in near:
                    # A linear map of the coordinates, column first; its bias cancels.
                    step = torch.stack([axes[1][j] - axes[1][b], axes[0][i] - axes[0][a]])
                    step = layer.conv_p.weight.flatten(1) @ step
                    pair = phi[:, :, i, j] - psi[:, :, a, b]
                    columns.append(torch.cat([pair, step.expand(len(pair), 2)], 1))
                weights = layer.conv_w(torch.stack(columns, 2).unsqueeze(2)).squeeze(2).softmax(2)
            else:
                patch = torch.stack([psi[:, :, a, b] for a, b in near], 2).flatten(1)
                both = torch.cat([phi[:, :, i, j], patch], 1)
                weights = layer.conv_w(both[:, :, None, None]).reshape(len(both), -1, window**2)
            shared = weights.repeat(1, SHARING, 1)  # channel c takes weight c mod width / 8
            values = torch.stack([beta[:, :, a, b] for a, b in near], 2)
            result[:, :, i, j] = (shared * values).sum(2)
    return result


@pytest.mark.parametrize("kind", [Pairwise, Patchwise])
@pytest.mark.parametrize("window", [3, 7])
def test_attention_is_its_definition(kind, window):
    layer = kind(6, 3, 16, window).double().eval()
    for norm in layer.conv_w[0], layer.conv_w[3]:
        norm.running_mean.uniform_(-1, 1)
        norm.running_var.uniform_(0.5, 2)
    features = torch.randn(2, 6, 5, 6, dtype=torch.float64)
    with torch.no_grad():
        torch.testing.assert_close(layer(features), attended(layer, features))


def test_pairwise_weights_leave_an_even_image_as_it_is():
    layer = Pairwise(6, 3, 16, 3).double()
    features = torch.randn(2, 6, 1, 1, dtype=torch.float64).expand(2, 6, 5, 5)
    torch.testing.assert_close(layer(features), layer.conv3(features))


@pytest.mark.parametrize("kind", [Pairwise, Patchwise])
def test_half_precision_stays_near(kind):
    layer = kind(16, 2, 16, 7)
    features = torch.randn(2, 16, 28, 28)
    with torch.no_grad():
        exact = layer(features)
        with torch.autocast("cpu", torch.bfloat16):
            rounded = layer(features)
    assert rounded.dtype == torch.float32
    assert (rounded - exact).norm() < 0.02 * exact.norm()


@pytest.mark.parametrize("name", KINDS)
def test_it_has_the_papers_parameters_and_stages(name):
    sides = []
    with torch.device("meta"):
        network = build_model(SelfAttentionNetwork(name=name), 3, 1000, 224).eval()
        for stage in range(5):
            part = network.get_submodule(f"layer{stage}")
            part.register_forward_hook(lambda *call: sides.append(call[2].shape[1:]))
        assert network(torch.empty(2, 3, 224, 224)).shape == (2, 1000)
    count = sum(parameter.numel() for parameter in network.parameters())
    assert round(count / 1e6, 1) == PUBLISHED[name]
    assert count == next(entry.facts["size"] for entry in MODELS if entry.name == name)
    assert sides == [(64, 112, 112), (256, 56, 56), (512, 28, 28), (1024, 14, 14), (2048, 7, 7)]


def test_images_below_128_pixels_are_refused():
    with (
        torch.device("meta"),
        pytest.raises(SpecError, match=r"model\.name: san15_pairwise can't take images of 96"),
    ):
        build_model(SelfAttentionNetwork(), 3, 10, 96)


@pytest.mark.parametrize("kind", [Pairwise, Patchwise])
def test_every_parameter_learns(kind):
    layer = kind(16, 2, 16, 3)
    layer(torch.randn(4, 16, 6, 6)).square().sum().backward()
    # A bias before a difference of places cancels.
    learning = {name for name, p in layer.named_parameters() if p.grad.abs().max() > 1e-9}
    every = {name for name, _ in layer.named_parameters()}
    assert every - learning <= {"conv_p.bias"}
