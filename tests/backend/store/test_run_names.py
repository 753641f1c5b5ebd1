"""What nobody named is named by what tells it apart."""

from __future__ import annotations

import pytest

from backend.store.run_names import default_name, default_names, is_default
from ols.spec.run_spec import RunSpec
from ols.spec.sweep import Sweep, expand


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"method": "ols"}, "ols digits s0"),
        ({"method": {"name": "ols", "alpha": 0.9}, "seed": 1}, "ols α=0.9 digits s1"),
        ({"method": "hard", "noise": {"kind": "symmetric", "rate": 0.2}}, "hard digits 20% s0"),
    ],
)
def test_one_run(values: dict[str, object], name: str) -> None:
    assert default_name(RunSpec.parse(values)) == name


def names(**grid: object) -> list[str]:
    sweep = Sweep.parse({"spec": {"method": "ols", "dataset": "digits"}, "grid": grid})
    return default_names(expand(sweep).specs)


def test_a_sweep_leaves_out_what_all_share() -> None:
    assert names(**{"method.alpha": [0.5, 0.9], "seed": [0, 1]}) == [
        *("ols s0", "ols s1", "ols α=0.9 s0", "ols α=0.9 s1")
    ]
    assert names(**{"optimizer.lr": [0.1, 0.01]}) == ["ols lr=0.1 s0", "ols lr=0.01 s0"]


def test_all_names_of_a_sweep_differ() -> None:
    many = names(
        **{
            "method": ["hard", "ols"],
            "noise": [{"kind": "none"}, {"kind": "symmetric", "rate": 0.4}],
            "epochs": [2, 3],
            "seed": [0, 1],
        }
    )
    assert len(set(many)) == 16


@pytest.mark.parametrize("count", [1, 3, 5])
def test_a_default_name_is_known_as_one_in_whatever_sweep_it_was_given(count: int) -> None:
    grid = {
        "method": [{"name": "ols", "alpha": 0.9}, "hard"],
        "noise": [{"kind": "none"}, {"kind": "symmetric", "rate": 0.4}],
        "optimizer.lr": [0.1, 0.01],
        "model": ["small_cnn", "resnet18"],
        "seed": [0, 1],
    }
    last = dict([*grid.items()][-count:])
    sweep = Sweep.parse({"spec": {"method": "ols", "dataset": "digits"}, "grid": last})
    specs = expand(sweep).specs
    for spec, name in zip(specs, default_names(specs), strict=True):
        assert is_default(name, spec)
        assert is_default(f"{name} (2)", spec)
        assert is_default(default_name(spec), spec)
        assert not is_default(name, specs[specs.index(spec) - 1])  # of another seed


@pytest.mark.parametrize("name", ["mine", "ols", "ols digits", "ols best s0", "hard digits s0", ""])
def test_a_name_that_somebody_typed_is_not_taken_for_a_default_one(name: str) -> None:
    assert not is_default(name, RunSpec.parse({"method": "ols", "dataset": "digits"}))
