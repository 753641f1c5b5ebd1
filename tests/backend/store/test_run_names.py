"""What nobody named is named by what tells it apart."""

from __future__ import annotations

import pytest

from backend.store.run_names import default_name, default_names
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
