"""Every method with every augmentation that mixes or blanks: a step, or an error before it."""

from __future__ import annotations

import copy

import pytest
import torch
from torch import nn

from ols.errors import SpecError
from ols.methods import build_criterion
from ols.methods.criterion import Step, begin_epoch, compute_loss, trained_parameters
from ols.spec.catalogue import METHODS
from ols.spec.run_spec import RunSpec
from tests.ols.data.test_batches import make_batches

AUGMENTATIONS = {
    "cutout": {"cutout": 3},
    "mixup": {"mix": "mixup"},
    "cutmix": {"mix": "cutmix"},
    "mixup and cutout": {"mix": "mixup", "cutout": 3},
    "cutmix and cutout": {"mix": "cutmix", "cutout": 3},
}
NAMES = [entry.name for entry in METHODS]
UNMIXED = {entry.name for entry in METHODS if entry.part().clash_with_mixing()}
MATRIX = [(method, name) for method in NAMES for name in AUGMENTATIONS]
EXCLUDED = [
    (method, name) for method, name in MATRIX if method in UNMIXED and "mix" in AUGMENTATIONS[name]
]


def spec_of(method, augmentation):
    return RunSpec.parse({"method": method, "augment": AUGMENTATIONS[augmentation]})


@pytest.mark.parametrize(("method", "augmentation"), [c for c in MATRIX if c not in EXCLUDED])
def test_a_step_trains_the_network(method, augmentation):
    spec = spec_of(method, augmentation)
    split, batches = make_batches(count=8, batch_size=8, augment=spec.augment)
    model = nn.Sequential(nn.Flatten(), nn.Linear(2 * 6 * 6, 8))
    criterion = build_criterion(spec.method, 8, labels=split.labels, model=model)
    begin_epoch(criterion, 3, 3, model)  # late: every phase has begun
    before = copy.deepcopy(model.state_dict())
    optimizer = torch.optim.SGD([*model.parameters(), *trained_parameters(criterion)], lr=0.1)
    (batch,) = batches
    assert (batch.others is not None) == ("mix" in AUGMENTATIONS[augmentation])
    step = Step(batch.indices, batch.images)
    loss = compute_loss(criterion, model(batch.images), batch.targets(8), step)
    loss.backward()
    optimizer.step()
    assert loss.isfinite()
    for name, weight in model.state_dict().items():
        assert weight.isfinite().all()
        assert not torch.equal(weight, before[name])


@pytest.mark.parametrize(("method", "augmentation"), EXCLUDED)
def test_an_exclusion_names_the_field_and_both_sides(method, augmentation):
    mix = AUGMENTATIONS[augmentation]["mix"]
    with pytest.raises(SpecError, match=f"{mix} and method.name {method} exclude each") as caught:
        spec_of(method, augmentation)
    assert [field.path for field in caught.value.fields] == ["augment.mix"]


def test_the_matrix_has_every_method_and_excludes_six_from_mixing():
    assert len(MATRIX) == 5 * len(NAMES)
    assert (
        {method for method, _ in EXCLUDED}
        == UNMIXED
        == {"ps_kd", "joint_optimization", "elr", "sat", "cs_kd", "ols_plus"}
    )
    assert len(EXCLUDED) == 6 * 4
