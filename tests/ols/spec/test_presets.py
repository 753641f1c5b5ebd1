"""The presets are the paper's settings, and what a spec says itself wins over them."""

from __future__ import annotations

from itertools import pairwise

import pytest

from ols.__main__ import assemble_spec, build_parser
from ols.errors import SpecError
from ols.spec.paper_presets import FINE_GRAINED
from ols.spec.parts.noise import Noise
from ols.spec.parts.optimisation import SGD
from ols.spec.presets import PRESETS, find_preset
from ols.spec.run_spec import RunSpec


def resolved(name, **fields):
    return RunSpec.parse({"preset": name, **fields})


@pytest.mark.parametrize("name", ["cifar10", "cifar100"])
def test_cifar_is_the_papers_schedule(name):
    spec = resolved(name)
    assert (spec.epochs, spec.batch_size) == (300, 128)
    assert spec.optimizer == SGD(lr=0.1, momentum=0.9, nesterov=True, weight_decay=5e-4)
    assert (spec.augment.shift, spec.augment.flip) == (4, True)
    assert rate_drops(spec) == [150, 225]


def test_imagenet_is_the_papers_schedule():
    spec = resolved("imagenet")
    assert (spec.epochs, spec.batch_size, spec.optimizer.weight_decay) == (250, 256, 1e-4)
    assert (spec.model.name, spec.model.weights) == ("resnet50", "random")
    assert (spec.augment.color_jitter, spec.augment.lighting) == (0.4, 0.1)
    assert (spec.dataset.size, spec.dataset.crop) == (224, "random_resized")
    assert rate_drops(spec) == [75, 150, 225]


@pytest.mark.parametrize("name", [dataset.names()[0] for dataset in FINE_GRAINED])
def test_fine_grained_is_the_papers_schedule(name):
    spec = resolved(name)
    assert (spec.epochs, spec.batch_size) == (100, 64)
    assert spec.optimizer == SGD(lr=0.01, momentum=0.9, nesterov=False, weight_decay=1e-4)
    assert (spec.model.name, spec.model.weights) == ("resnet50", "imagenet")
    assert (spec.dataset.size, spec.dataset.crop) == (224, "squash")
    assert rate_drops(spec) == [45, 80]


@pytest.mark.parametrize("name", [dataset.names()[0] for dataset in FINE_GRAINED])
@pytest.mark.parametrize("short", ["", "-short"])
def test_fine_grained_comes_as_the_code_does_it_and_as_the_paper_says(name, short):
    code, paper = (resolved(f"{name}{variant}{short}") for variant in ("", "-paper"))
    method = code.method
    assert (method.hard_weight, method.soft_weight, method.freeze_at) == (1, 1, 0.88)
    assert paper.method == RunSpec.parse({"method": "ols"}).method
    same = {"method": method, "preset": code.preset}
    assert paper.model_copy(update=same) == code


def rate_drops(spec):
    """The epochs after which the learning rate falls to a tenth."""
    from ols.training.optim import build_schedule

    rate = build_schedule(spec, 1)
    rates = [rate(epoch) for epoch in range(spec.epochs)]
    pairs = pairwise(rates)
    return [epoch + 1 for epoch, (a, b) in enumerate(pairs) if b == pytest.approx(a / 10)]


@pytest.mark.parametrize("kind", ["symmetric", "pair-flip"])
@pytest.mark.parametrize("rate", [20, 40, 60, 80])
@pytest.mark.parametrize("dataset", ["cifar10", "cifar100"])
def test_noise_is_the_only_difference_to_clean_labels(dataset, kind, rate):
    noisy, clean = resolved(f"{dataset}-{kind}-{rate}"), resolved(dataset)
    assert noisy.noise == Noise(kind=kind.replace("-", "_"), rate=rate / 100)
    assert noisy.model_copy(update={"noise": clean.noise, "preset": dataset}) == clean


def test_names_are_unique_and_every_paper_preset_has_a_short_variant():
    names = [preset.name for preset in PRESETS]
    assert len(set(names)) == len(names) == 5 + 2 * (3 + 2 * 5 + 16 + 8) + 2 + 5
    for preset in PRESETS:
        spec = resolved(preset.name)
        assert spec.preset == preset.name
        if preset.name.endswith("-short") and preset.group.startswith("The paper"):
            assert spec.epochs <= 15
            assert spec.model.name == "small_cnn"
            assert find_preset(preset.name.removesuffix("-short")) is not None


@pytest.mark.parametrize("depth", [56, 110])
def test_the_papers_other_networks_are_the_only_difference(depth):
    spec, plain = resolved(f"cifar100-resnet{depth}"), resolved("cifar100")
    assert spec.model.name == f"official_resnet{depth}"
    assert spec.model_copy(update={"model": plain.model, "preset": "cifar100"}) == plain


def test_the_methods_authors_recipes_are_those_of_their_code():
    """Figures of the files that the presets' help names."""
    nce, elr = resolved("cifar100-nce-rce"), resolved("cifar10-elr")
    assert (nce.optimizer.clip_norm, nce.optimizer.weight_decay, nce.epochs) == (5.0, 1e-5, 200)
    assert (nce.method.alpha, nce.method.beta, nce.schedule.name) == (10.0, 0.1, "cosine")
    assert (elr.optimizer.lr, elr.optimizer.weight_decay, elr.epochs) == (0.02, 1e-3, 150)
    assert (elr.method.beta, elr.method.weight) == (0.7, 3.0)  # the authors' for CIFAR-10
    schedule = elr.schedule
    assert (schedule.first_epochs, schedule.growth, schedule.min_lr) == (10, 1, 0.001)
    plus = resolved("cifar100-label-smoothing-pp").schedule
    assert (plus.warmup_epochs, plus.milestones, plus.gamma) == (10, (150, 225), 0.1)
    for name in ("cifar100-tf-kd-reg", "cifar100-tf-kd-self"):
        spec = resolved(name)
        assert (spec.epochs, spec.schedule.warmup_epochs) == (200, 1)
        assert (spec.schedule.milestones, spec.schedule.gamma) == ((60, 120, 160), 0.2)
    for spec in (nce, elr, resolved("cifar100-tf-kd-reg")):
        assert (spec.optimizer.momentum, spec.optimizer.nesterov) == (0.9, False)
        assert (spec.batch_size, spec.augment.shift, spec.augment.flip) == (128, 4, True)
        assert spec.optimizer.decay_norms  # as in each of these codes


@pytest.mark.parametrize(
    ("name", "noise"),
    [
        ("cifar10-worse", {"kind": "human", "labels": "worse"}),
        ("cifar100-noisy", {"kind": "human", "labels": "noisy"}),
        ("cifar100-asymmetric-40", {"kind": "asymmetric", "rate": 0.4}),
        ("cifar10-instance-40", {"kind": "instance", "rate": 0.4}),
    ],
)
def test_labels_as_people_give_them_are_the_only_difference_too(name, noise):
    noisy, clean = resolved(name), resolved(name.split("-")[0])
    assert noisy.noise == Noise(**noise)
    assert noisy.model_copy(update={"noise": clean.noise, "preset": clean.preset}) == clean


def test_the_short_imagenet_is_a_thirteenth_of_it():
    assert resolved("imagenet-short").dataset.train_per_class == 100
    assert resolved("imagenet").dataset.train_per_class == 1300  # all


def test_what_a_spec_says_wins_and_the_rest_is_the_presets():
    spec = resolved("cifar100-symmetric-40", method="hard", noise={"rate": 0.1}, epochs=10)
    assert (spec.method.name, spec.epochs, spec.model.name) == ("hard", 10, "cifar_resnet34")
    assert (spec.noise.kind, spec.noise.rate) == ("symmetric", 0.1)
    other = resolved("cifar100-symmetric-40", noise={"kind": "pair_flip"})
    assert (other.noise.kind, other.noise.rate) == ("pair_flip", 0.4)
    assert resolved("cifar100-symmetric-40", noise={"kind": "none"}).noise.rate == 0


def test_a_resolved_spec_resolves_to_itself():
    for preset in PRESETS:
        spec = resolved(preset.name, seed=3)
        assert RunSpec.parse(spec.model_dump(mode="json")) == spec


def test_an_unknown_preset_is_refused_by_field():
    with pytest.raises(SpecError) as info:
        RunSpec.parse({"method": "ols", "preset": "cifar1000"})
    assert [field.path for field in info.value.fields] == ["preset"]


def test_the_command_line_starts_from_a_preset():
    options = build_parser().parse_args(["train", "--preset", "cub200", "--epochs", "90"])
    spec = RunSpec.parse(assemble_spec(options))
    assert (spec.preset, spec.dataset.name, spec.epochs) == ("cub200", "cub200", 90)
