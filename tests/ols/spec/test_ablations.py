"""Every ablation is a valid sweep whose runs differ in what it says, the default among them."""

from __future__ import annotations

import pytest

from ols.spec.ablations import ABLATIONS, Ablation
from ols.spec.run_spec import RunSpec
from ols.spec.sweep import Sweep, expand


@pytest.mark.parametrize("ablation", ABLATIONS, ids=lambda one: one.name)
@pytest.mark.parametrize("dataset", ["digits", "glyphs"])
def test_an_ablation_is_a_sweep_without_repeated_runs(ablation: Ablation, dataset: str) -> None:
    sweep = Sweep.parse({"spec": {**ablation.spec, "dataset": dataset}, "grid": ablation.grid})
    plan = expand(sweep)
    counts = 1
    for values in ablation.grid.values():
        counts *= len(values)
    assert (len(plan.specs), plan.repeated) == (counts, 0)


@pytest.mark.parametrize("ablation", ABLATIONS[:-1], ids=lambda one: one.name)
def test_the_default_is_among_the_values(ablation: Ablation) -> None:
    path = next(iter(ablation.grid))
    default = getattr(RunSpec.parse({"method": "ols"}).method, path.removeprefix("method."))
    assert default in ablation.grid[path]


def test_names_are_unique() -> None:
    assert len({one.name for one in ABLATIONS}) == len(ABLATIONS) == 6
