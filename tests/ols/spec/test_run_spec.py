from __future__ import annotations

import pytest

from ols.errors import SpecError
from ols.spec.run_spec import RunSpec


def test_only_the_method_is_required_and_the_rest_comes_from_the_recipe():
    spec = RunSpec.parse({"method": "ols"})
    assert (spec.dataset.name, spec.epochs, spec.optimizer.lr) == ("digits", 30, 0.1)
    assert RunSpec.parse({"method": "ols", "dataset": "glyphs"}).epochs == 20
    assert RunSpec.parse({"method": "ols", "dataset": "fashion_mnist"}).augment.flip


def test_a_resolved_spec_round_trips():
    spec = RunSpec.parse({"method": "ols", "dataset": {"name": "glyphs"}})
    assert RunSpec.parse(spec.model_dump(mode="json")) == spec
    assert RunSpec.model_validate_json(spec.model_dump_json()) == spec


def test_a_part_given_in_part_keeps_the_recipes_rest():
    spec = RunSpec.parse({"method": "ols", "optimizer": {"lr": 0.05}})
    assert (spec.optimizer.lr, spec.optimizer.momentum) == (0.05, 0.9)
    adamw = RunSpec.parse({"method": "ols", "optimizer": "adamw"})
    assert adamw.optimizer.lr == 1e-3


@pytest.mark.parametrize(
    ("data", "path"),
    [
        ({}, "method"),
        ({"method": "olss"}, "method"),
        ({"method": {"name": "ols", "alpha": 2}}, "method.alpha"),
        ({"method": {"name": "ols", "alfa": 1}}, "method.alfa"),
        ({"method": {"name": "hard", "alpha": 1}}, "method.alpha"),
        ({"method": "ols", "extra": 1}, "extra"),
        ({"method": "ols", "epochs": 0}, "epochs"),
        ({"method": "ols", "dataset": "mnist"}, "dataset"),
        ({"method": "ols", "noise": {"kind": "human"}}, "noise.kind"),
        ({"method": "ols", "noise": {"kind": "asymmetric", "rate": 0.2}}, "noise.map"),
        ({"method": "ols", "noise": {"kind": "file"}}, "noise.file"),
        ({"method": "ols", "noise": {"kind": "file", "file": "../x.csv"}}, "noise.file"),
        ({"method": "ols", "noise": {"kind": "file", "file": "x", "rate": 0.1}}, "noise.rate"),
        ({"method": "ols", "noise": {"map": {"0": "1"}}}, "noise.map"),
        (
            {"method": "ols", "noise": {"kind": "asymmetric", "map": {"a\x00": "b"}}},
            "noise.map",
        ),
        ({"method": "ols", "noise": {"holdout": True}}, "noise.holdout"),
        (
            {"method": "ols", "noise": {"kind": "symmetric", "rate": 0.1, "holdout": True}},
            "noise.holdout",
        ),
        (
            {"method": "ols", "dataset": "cifar100", "noise": {"kind": "human"}},
            "noise.labels",
        ),
        ({"method": "ols", "labels": {"version": 1}}, "labels.set"),
        ({"method": "ols", "labels": {"set": "a\x00"}}, "labels.set"),
        ({"method": "ols", "labels": {"set": "a", "hash": "xyz"}}, "labels.hash"),
        ({"method": "ols", "noise": {"rate": 0.2}}, "noise.kind"),
        ({"method": "ols", "augment": {"flip": True}}, "augment.flip"),
        ({"method": "ols", "optimizer": {"momentum": 0}}, "optimizer.nesterov"),
        ({"method": "ols", "schedule": {"warmup_epochs": 30}}, "schedule.warmup_epochs"),
        (
            {"method": "ols", "schedule": {"name": "step", "milestones": [40]}},
            "schedule.milestones",
        ),
        (
            {"method": "ols", "schedule": {"name": "step", "milestones": [3, 2]}},
            "schedule.milestones",
        ),
        ({"method": "ols", "optimizer": {"lr": float("nan")}}, "optimizer.lr"),
    ],
)
def test_an_error_names_the_requests_own_path(data, path):
    with pytest.raises(SpecError) as info:
        RunSpec.parse(data)
    assert [field.path for field in info.value.fields] == [path]
    assert info.value.fields[0].message


@pytest.mark.parametrize("data", [None, 3, "ols", []])
def test_what_is_not_an_object_is_refused(data):
    with pytest.raises(SpecError):
        RunSpec.parse(data)


def test_every_fault_is_named_at_once():
    with pytest.raises(SpecError) as info:
        RunSpec.parse({"method": "ols", "epochs": 0, "batch_size": "many"})
    assert {field.path for field in info.value.fields} == {"epochs", "batch_size"}


def test_an_unknown_network_is_answered_with_those_spelt_alike():
    with pytest.raises(
        SpecError, match=r"model: unknown name 'resnet5' of 105; did you mean .*resnet50"
    ):
        RunSpec.parse({"method": "ols", "model": "resnet5"})
