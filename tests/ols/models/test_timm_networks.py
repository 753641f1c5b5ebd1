"""timm's networks: built, measured, started from weights, and refused in words."""

from __future__ import annotations

import hashlib
import subprocess
import sys

import pytest
import timm
import torch
from safetensors.torch import save_file

from ols.__main__ import main
from ols.errors import SpecError
from ols.models import build_model, timm_networks
from ols.spec.models.timm_networks import TimmNetwork
from ols.spec.models.timm_networks import timm_networks as table
from ols.spec.run_spec import RunSpec
from ols.training.trainer import Trainer
from scripts.timm_networks import measure
from tests.deploy.closure import with_only
from tests.ols.training.test_trainer import assert_same

# Of each kind one that is small: convolutions, normalisation without batches, transformers.
SMALL = ("test_resnet", "test_convnext", "test_vit", "test_efficientnet_ln", "test_maxvit")


def refused(data, match):
    with pytest.raises(SpecError, match=match) as info:
        RunSpec.parse({"method": "hard", "model": data})
    return info.value.fields[0].path


def test_the_table_names_timms_networks():
    names = {name.removeprefix("timm/") for name in table()}
    assert len(names) > 1000
    assert names <= set(timm.list_models())
    assert len(set(timm.list_models()) - names) < 30


@pytest.mark.parametrize("name", [*SMALL, "resnet18", "vit_tiny_patch16_224"])
def test_a_row_is_what_timm_builds(name):
    assert tuple(measure(name))[1:] == tuple(table()[f"timm/{name}"])[1:]


def test_counts_are_those_of_the_papers():
    facts = table()["timm/resnet50"]
    assert (facts.parameters, round(facts.macs / 1e9, 2), facts.image_size) == (
        25_557_032,
        4.09,
        224,
    )


@pytest.mark.parametrize("name", SMALL)
@pytest.mark.parametrize("channels", [1, 3])
def test_it_takes_the_datasets_channels_size_and_classes(name, channels):
    network = build_model(TimmNetwork(name=f"timm/{name}"), channels, 7, 96).eval()
    assert network(torch.randn(2, channels, 96, 96)).shape == (2, 7)


def test_a_network_that_can_not_take_the_images_is_told():
    with pytest.raises(SpecError, match=r"timm/test_vit can't take images of 10 x 10 pixels"):
        build_model(TimmNetwork(name="timm/test_vit"), 3, 7, 10)


@pytest.mark.slow
def test_a_run_learns_and_resumes_bit_for_bit(spec, data_dir, tmp_path):
    made = spec(model="timm/test_resnet", epochs=3)
    whole = list(Trainer(made, data_dir=data_dir))
    assert whole[-1].metrics["train_loss"] < whole[0].metrics["train_loss"]
    first = Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path)
    next(iter(first))
    first.save()
    torch.manual_seed(99)
    for report, other in zip(
        whole[1:], Trainer(made, data_dir=data_dir, checkpoint_dir=tmp_path), strict=True
    ):
        assert_same(report, other)


def test_a_spec_takes_the_bare_name_and_keeps_it():
    made = RunSpec.parse({"method": "hard", "model": "timm/resnet50.a1_in1k"})
    assert made.model.name == "timm/resnet50.a1_in1k"
    assert RunSpec.parse(made.model_dump(mode="json")) == made


@pytest.mark.parametrize(
    ("data", "match", "path"),
    [
        ("timm/resnet5", "no network 'resnet5'; did you mean timm/resnet", "model.name"),
        ("timm/", "should match pattern", "model.name"),
        ("timm/../x", "should match pattern", "model.name"),
        ("timm/" + "a" * 90, "at most 64", "model.name"),
        ({"name": "timm/resnet18", "width": 3}, "unknown field", "model.width"),
        ({"name": "timm/resnet18", "weights": "imagenet"}, "input should be", "model.weights"),
        ({"name": "timm/resnet18", "weights": "file"}, "name the file", "model.weights_file"),
        ({"name": "small_cnn", "weights": "cached"}, "unknown field", "model.weights"),
        ("resnt18", "did you mean resnet18", "model"),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(data, match, path):
    assert refused(data, match) == path


def test_unknown_weights_name_those_there_are():
    with pytest.raises(SpecError, match=r"'resnet50\.best'; choose one of resnet50\.a1_in1k"):
        build_model(TimmNetwork(name="timm/resnet50.best"), 3, 7, 64)


def test_without_timm_it_says_what_to_install(monkeypatch):
    monkeypatch.setattr(timm_networks, "find_spec", lambda name: None)
    with pytest.raises(SpecError, match=r"pip install 'ols-lab\[timm\]'"):
        build_model(TimmNetwork(name="timm/test_resnet"), 3, 7, 64)


def test_naming_one_loads_neither_timm_nor_torch():
    code = (
        "import sys; from ols.spec.run_spec import RunSpec; "
        "RunSpec.parse({'method': 'ols', 'model': 'timm/resnet18'}); "
        "assert not {'timm', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.slow
def test_the_extras_train_and_timm_suffice(tmp_path, data_dir):
    environment = with_only(["train", "timm"], tmp_path)
    command = [sys.executable, "-m", "ols", "train", "--method", "ols", "--dataset", "digits"]
    command += ["--set", "model=timm/test_resnet", "--set", "epochs=1", "--set", "batch_size=512"]
    places = ["--data-dir", data_dir, "--checkpoint-dir", tmp_path / "kept"]
    done = subprocess.run([*command, *places], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert list((tmp_path / "kept").iterdir())


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """Weights as Hugging Face's cache keeps them: a link to a file named after its content."""
    network = timm.create_model("test_resnet").eval()
    save_file(network.state_dict(), tmp_path / "made.safetensors")
    content = (tmp_path / "made.safetensors").read_bytes()
    folder = tmp_path / "hub" / "models--timm--test_resnet.r160_in1k"
    blob = folder / "blobs" / hashlib.sha256(content).hexdigest()
    link = folder / "snapshots" / "abc" / "model.safetensors"
    for path in (blob, link, folder / "refs" / "main"):
        path.parent.mkdir(parents=True)
    blob.write_bytes(content)
    link.symlink_to(blob)
    (folder / "refs" / "main").write_text("abc")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path / "hub"))
    monkeypatch.setattr(
        "huggingface_hub.file_download.HF_HUB_CACHE", str(tmp_path / "hub"), raising=False
    )
    return network, blob


def start(tmp_path, classes=1000, channels=3, **fields):
    model = TimmNetwork(name="timm/test_resnet", **fields)
    return build_model(model, channels, classes, 160, tmp_path).eval()


def test_cached_weights_are_taken_and_a_head_of_other_classes_stays_random(cached, tmp_path):
    images = torch.randn(2, 3, 160, 160)
    network = start(tmp_path, weights="cached")
    assert torch.equal(network(images), cached[0](images))
    other = start(tmp_path, classes=7, weights="cached")
    assert torch.equal(other.forward_features(images), cached[0].forward_features(images))
    assert other(images).shape == (2, 7)


def test_a_cached_file_that_was_changed_is_refused(cached, tmp_path):
    cached[1].write_bytes(cached[1].read_bytes()[:-4] + b"\0\0\0\1")
    with pytest.raises(SpecError, match=r"not the published file: its SHA-256 differs"):
        start(tmp_path, weights="cached")


def test_weights_that_are_not_cached_say_how_to_fetch_them(tmp_path, monkeypatch):
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    with pytest.raises(SpecError, match=r"nothing is downloaded: run `hf download timm/test_res"):
        start(tmp_path, weights="cached")


def test_a_file_of_safetensors_is_read(cached, tmp_path):
    (tmp_path / "weights").mkdir()
    save_file(cached[0].state_dict(), tmp_path / "weights" / "mine.safetensors")
    images = torch.randn(2, 3, 160, 160)
    network = start(tmp_path, weights="file", weights_file="mine.safetensors")
    assert torch.equal(network(images), cached[0](images))
    (tmp_path / "weights" / "bad.safetensors").write_bytes(b"damaged")
    with pytest.raises(SpecError, match=r"bad\.safetensors can't be read as weights"):
        start(tmp_path, weights="file", weights_file="bad.safetensors")


def test_the_command_line_lists_them(capsys):
    assert main(["networks", "RESNET50"]) == 0
    out = capsys.readouterr().out
    assert "timm/resnet50 " in out
    assert "25.56 M" in out
    assert "convnext" not in out
