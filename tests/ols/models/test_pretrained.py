"""Weights to start from: what fits, what is adapted, and what is refused."""

from __future__ import annotations

import hashlib
import os
import urllib.request
from typing import get_args

import pytest
import torch
from torchvision.models import get_model_weights

from ols.errors import SpecError
from ols.models import build_model
from ols.spec.models.cifar_networks import CifarNetwork
from ols.spec.models.torchvision_networks import TorchvisionNetwork
from ols.training.trainer import Trainer

MODEL = TorchvisionNetwork(name="shufflenet_v2_x0_5", weights="file", weights_file="mine.pth")


@pytest.fixture
def saved(tmp_path):
    """A network of 1,000 classes and its file."""
    (tmp_path / "weights").mkdir()
    network = build_model(TorchvisionNetwork(name=MODEL.name), 3, 1000, 64)
    with torch.no_grad():
        for buffer in network.buffers():
            if buffer.is_floating_point():
                buffer.add_(torch.rand_like(buffer))
    torch.save(network.state_dict(), tmp_path / "weights" / "mine.pth")
    return network.eval()


def write_code(path, marker, archive):
    """A file that makes the folder `marker` when it is unpickled: bare, or in torch's archive."""
    if not archive:
        path.write_bytes(b"cos\nmkdir\n(V" + str(marker).encode() + b"\ntR.")
        return
    torch.save(_RunsCode(str(marker)), path)


class _RunsCode:
    def __init__(self, marker):
        self.marker = marker

    def __reduce__(self):
        return os.mkdir, (self.marker,)


def load(tmp_path, model=MODEL, channels=3, classes=1000):
    return build_model(model, channels, classes, 64, tmp_path).eval()


def test_a_file_gives_the_same_network(saved, tmp_path):
    images = torch.randn(2, 3, 64, 64)
    assert torch.equal(load(tmp_path)(images), saved(images))


def test_a_head_of_other_classes_stays_random(saved, tmp_path):
    network = load(tmp_path, classes=7)
    assert network.fc.weight.shape == (7, 1024)
    assert torch.equal(network.conv5[0].weight, saved.conv5[0].weight)
    network.fc = saved.fc
    images = torch.randn(2, 3, 64, 64)
    assert torch.equal(network(images), saved(images))


def test_grey_images_give_the_features_of_the_same_in_colour(saved, tmp_path):
    grey = torch.randn(2, 1, 64, 64)
    made = load(tmp_path, channels=1)(grey)
    torch.testing.assert_close(made, saved(grey.expand(2, 3, 64, 64)))


@pytest.mark.parametrize("wrapped", ["model", "state_dict", "module"])
def test_checkpoints_and_parallel_modules_are_unwrapped(saved, tmp_path, wrapped):
    state = saved.state_dict()
    if wrapped == "module":
        content = {f"module.{key}": value for key, value in state.items()}
    else:
        content = {wrapped: state, "epoch": 3}
    torch.save(content, tmp_path / "weights" / "mine.pth")
    assert torch.equal(load(tmp_path).fc.weight, saved.fc.weight)


def test_weights_of_another_architecture_are_refused_by_field(saved, tmp_path):
    other = CifarNetwork(name="cifar_resnet18", weights="file", weights_file="mine.pth")
    with pytest.raises(SpecError) as info:
        load(tmp_path, other)
    (field,) = info.value.fields
    assert field.path == "model.weights_file"
    assert "another architecture than cifar_resnet18: it lacks" in field.message


def test_another_width_is_another_architecture(saved, tmp_path):
    wide = MODEL.model_copy(update={"name": "shufflenet_v2_x1_0"})
    with pytest.raises(SpecError, match=r"other shapes have \d+ tensors"):
        load(tmp_path, wide)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "does not exist on this worker"),
        (b"damaged", "can't be read as weights"),
        ([1, 2], "holds no state_dict"),
    ],
)
def test_a_file_that_is_none_is_refused_before_the_first_step(tmp_path, spec, content, message):
    path = tmp_path / "weights" / "mine.pth"
    path.parent.mkdir()
    if isinstance(content, bytes):
        path.write_bytes(content)
    elif content is not None:
        torch.save(content, path)
    model = {"name": "cifar_resnet56", "weights": "file", "weights_file": "mine.pth"}
    with pytest.raises(SpecError, match=rf"model\.weights_file: .*{message}"):
        Trainer(spec(model=model), data_dir=tmp_path)


@pytest.mark.parametrize("archive", [True, False])
def test_pickled_code_is_never_run(tmp_path, archive):
    path = tmp_path / "weights" / "mine.pth"
    path.parent.mkdir()
    write_code(path, tmp_path / "run", archive)
    with pytest.raises(SpecError, match="can't be read as weights"):
        load(tmp_path)
    assert not (tmp_path / "run").exists()


class PublishedWeights:
    """What torchvision knows of weights that it published, for one file in its cache."""

    name = "IMAGENET1K_V1"

    def __init__(self, content, cache):
        digest = hashlib.sha256(content.read_bytes()).hexdigest()
        self.url = f"https://example.invalid/network-{digest[:8]}.pth"
        cache.mkdir()
        self.path = cache / self.url.rpartition("/")[2]
        content.rename(self.path)

    def get_state_dict(self, **options):
        return torch.hub.load_state_dict_from_url(self.url, **options)


@pytest.fixture
def published(saved, tmp_path, monkeypatch):
    """`saved`'s file as torchvision's cache holds it."""
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    weights = PublishedWeights(tmp_path / "weights" / "mine.pth", tmp_path / "checkpoints")
    monkeypatch.setattr("torchvision.models.get_model_weights", lambda name: [weights])
    return weights


IMAGENET = TorchvisionNetwork(name=MODEL.name, weights="imagenet")


def test_torchvisions_weights_come_from_its_cache(saved, tmp_path, published):
    network = build_model(IMAGENET, 3, 5, 64, tmp_path)
    assert torch.equal(network.conv5[0].weight, saved.conv5[0].weight)


@pytest.mark.parametrize("archive", [True, False])
def test_a_cached_file_of_other_content_is_never_opened(tmp_path, published, archive):
    write_code(published.path, tmp_path / "run", archive)
    with pytest.raises(SpecError, match=r"model\.weights: .*not the published file.*remove it"):
        build_model(IMAGENET, 3, 5, 64, tmp_path)
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize("archive", [True, False])
def test_code_in_a_cached_file_of_the_right_hash_is_not_run_either(tmp_path, monkeypatch, archive):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    write_code(tmp_path / "code", tmp_path / "run", archive)
    weights = PublishedWeights(tmp_path / "code", tmp_path / "checkpoints")
    monkeypatch.setattr("torchvision.models.get_model_weights", lambda name: [weights])
    with pytest.raises(SpecError, match=r"model\.weights"):
        build_model(IMAGENET, 3, 5, 64, tmp_path)
    assert not (tmp_path / "run").exists()


def test_all_weights_that_torchvision_publishes_are_named_after_their_hash():
    networks = get_args(TorchvisionNetwork.model_fields["name"].annotation)
    for name in networks:
        for weights in get_model_weights(name):
            if weights.name in ("IMAGENET1K_V1", "IMAGENET1K_SWAG_LINEAR_V1"):
                assert torch.hub.HASH_REGEX.search(weights.url).group(1), name


def test_out_of_reach_says_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(tmp_path))
    for variable in ("http_proxy", "https_proxy"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    # `urlopen` keeps the opener of its first call, proxies and all: neither an earlier test's may
    # serve here, nor this one later.
    monkeypatch.setattr(urllib.request, "_opener", None)
    with pytest.raises(SpecError) as info:
        build_model(TorchvisionNetwork(name="resnet50", weights="imagenet"), 3, 5, 64, tmp_path)
    (field,) = info.value.fields
    assert field.path == "model.weights"
    assert "resnet50-0676ba61.pth" in field.message
    assert str(tmp_path) in field.message


@pytest.mark.slow
def test_a_run_goes_on_without_its_weights_file(tmp_path, spec):
    path = tmp_path / "weights" / "mine.pth"
    path.parent.mkdir()
    torch.save(build_model(CifarNetwork(name="cifar_resnet56"), 1, 10, 8).state_dict(), path)
    model = {"name": "cifar_resnet56", "weights": "file", "weights_file": "mine.pth"}
    made = spec(model=model, epochs=2, batch_size=512)
    first = Trainer(made, data_dir=tmp_path, checkpoint_dir=tmp_path / "run")
    next(iter(first))
    first.save()
    path.unlink()
    (report,) = Trainer(made, data_dir=tmp_path, checkpoint_dir=tmp_path / "run")
    assert report.epoch == 2


def test_a_file_must_be_named_where_it_is_wanted():
    with pytest.raises(ValueError, match="name the file"):
        TorchvisionNetwork(weights="file")
    with pytest.raises(ValueError, match="is only read when"):
        CifarNetwork(weights_file="mine.pth")
    with pytest.raises(ValueError, match="without path"):
        TorchvisionNetwork(weights="file", weights_file="../mine.pth")
