"""What the form says of a listed network's cost."""

from __future__ import annotations

import pytest

from backend.pages.new_run.spec_form import sections
from ols.spec.catalogue import MODELS
from ols.spec.run_spec import RunSpec
from scripts.network_macs import measure

FACTS = {entry.name: entry.facts for entry in MODELS}


def test_every_network_of_a_fixed_size_has_its_multiply_adds():
    counted = {name for name, facts in FACTS.items() if "size" in facts}
    missing = [name for name in counted if "macs" not in FACTS[name]]
    assert not missing, "run: python -m scripts.network_macs"
    assert set(FACTS) - counted == {"small_cnn"}


@pytest.mark.parametrize("name", ["cifar_resnet18", "resnet18", "regnet_x_400mf"])
def test_a_row_is_what_is_built(name):
    assert measure(name) == (FACTS[name]["macs"], FACTS[name]["image_size"])


@pytest.mark.parametrize(
    ("name", "macs"),
    [  # counted on the paper's own code, to the last digit
        ("official_resnet56", 87_237_632),
        ("official_densenet", 125_376_000),
        ("official_mobilenetv2", 6_523_648),
        ("official_shufflenetv2", 44_504_448),
        ("official_vgg16", 398_182_400),
    ],
)
def test_the_papers_networks_have_their_known_counts(name, macs):
    assert FACTS[name]["macs"] == macs


def test_the_form_says_them():
    spec = RunSpec.parse({"method": "ols"}).model_dump(mode="json")
    groups = [group for section in sections(spec) for group in section.groups]
    (select,) = (group.select for group in groups if group.path == "model")
    titles = {option.value: option.title for option in select.options}
    assert titles["resnet50"] == "ResNet-50 (25.6 M, 4.1 G MACs, 224 px)"
    assert titles["official_resnet56"].endswith("(0.6 M, 0.09 G MACs, 32 px)")
    assert titles["small_cnn"] == "Small CNN"
