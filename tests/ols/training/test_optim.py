from __future__ import annotations

import pytest
import torch
from timm.optim import param_groups_weight_decay
from torch import nn

from ols.errors import SpecError
from ols.spec.parts.optimisation import SGD, AdamW
from ols.training.optim import build_optimizer, build_schedule, default_milestones


def rates(spec, steps=10):
    schedule = build_schedule(spec, steps)
    return [schedule(step) for step in range(spec.epochs * steps)]


def test_cosine_falls_from_the_peak_to_its_floor(spec):
    made = rates(spec(epochs=4, schedule={"name": "cosine", "min_lr": 0.01}))
    assert made[0] == pytest.approx(0.1)
    assert made[20] == pytest.approx(0.055)
    assert made == sorted(made, reverse=True)
    assert 0.01 < made[-1] < 0.011


def test_warmup_rises_in_a_line_and_ends_at_the_peak(spec):
    made = rates(spec(epochs=4, schedule={"name": "cosine", "warmup_epochs": 1}))
    assert made[:10] == pytest.approx([0.01 * (step + 1) for step in range(10)])
    assert made[10] == pytest.approx(0.1)


def test_cosine_matches_pytorchs_own(spec):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=40)
    for made in rates(spec(epochs=4)):
        assert made == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()


def test_steps_fall_after_their_milestones(spec):
    schedule = {"name": "step", "milestones": [1, 3], "gamma": 0.5}
    made = rates(spec(epochs=4, schedule=schedule))
    assert [made[9], made[10], made[29], made[30]] == pytest.approx([0.1, 0.05, 0.05, 0.025])


def test_without_milestones_the_rate_falls_after_a_half_and_three_quarters(spec):
    assert default_milestones(300) == (150, 225)
    assert default_milestones(1) == ()
    made = rates(spec(epochs=4, schedule="step"))
    assert [made[19], made[20], made[30]] == pytest.approx([0.1, 0.01, 0.001])


def test_constant_stays(spec):
    assert set(rates(spec(schedule="constant"))) == {0.1}


@pytest.mark.parametrize("schedule", ["step", "constant"])
def test_any_schedule_can_rise_first(spec, schedule):
    plain = rates(spec(epochs=8, schedule=schedule))
    made = rates(spec(epochs=8, schedule={"name": schedule, "warmup_epochs": 2}))
    assert made[:20] == pytest.approx([0.1 * (step + 1) / 20 for step in range(20)])
    assert made[20:] == plain[20:]


@pytest.mark.parametrize("growth", [1, 2])
def test_restarts_match_pytorchs_own(spec, growth):
    optimizer = torch.optim.SGD([nn.Parameter(torch.zeros(1))], lr=0.1)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts(
        optimizer, T_0=20, T_mult=growth, eta_min=0.001
    )
    schedule = {"name": "cosine_restarts", "first_epochs": 2, "growth": growth, "min_lr": 0.001}
    for made in rates(spec(epochs=9, schedule=schedule)):
        assert made == pytest.approx(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()


def test_restarts_begin_when_the_warmup_ends(spec):
    schedule = {"name": "cosine_restarts", "first_epochs": 2, "warmup_epochs": 1}
    made = rates(spec(epochs=5, schedule=schedule))
    assert [made[9], made[10], made[30]] == pytest.approx([0.1, 0.1, 0.1])
    assert made[29] < 0.001


@pytest.mark.parametrize(
    ("schedule", "path", "words"),
    [
        ({"name": "constant", "warmup_epochs": 4}, "warmup_epochs", r"below epochs \(4\)"),
        ({"name": "step", "milestones": [1, 3], "warmup_epochs": 2}, "warmup_epochs", "milestone"),
        ({"name": "cosine_restarts", "first_epochs": 4}, "first_epochs", "schedule cosine"),
        (
            {"name": "cosine_restarts", "first_epochs": 2, "warmup_epochs": 2},
            "first_epochs",
            "below the 2 epochs",
        ),
    ],
)
def test_a_schedule_that_makes_no_sense_is_refused_in_words(spec, schedule, path, words):
    with pytest.raises(SpecError, match=words) as info:
        spec(epochs=4, schedule=schedule)
    assert [field.path for field in info.value.fields] == [f"schedule.{path}"]


@pytest.mark.parametrize("part", [SGD(decay_norms=False), AdamW(decay_norms=False)])
def test_without_decay_of_norms_the_groups_are_timms(part):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 2))
    made = build_optimizer(part, model).param_groups
    expected = param_groups_weight_decay(model, part.weight_decay)
    assert {decay: {id(each) for each in params} for params, decay in map(facts, made)} == {
        decay: {id(each) for each in params} for params, decay in map(facts, expected)
    }


def facts(group):
    return group["params"], group["weight_decay"]


def test_optimisers_take_their_settings():
    model = nn.Linear(2, 2)
    sgd = build_optimizer(SGD(lr=0.3, momentum=0.5, weight_decay=1e-3), model)
    assert isinstance(sgd, torch.optim.SGD)
    group = sgd.param_groups[0]
    assert (group["lr"], group["momentum"], group["nesterov"]) == (0.3, 0.5, True)
    adamw = build_optimizer(AdamW(lr=1e-3, weight_decay=0.1), model)
    assert isinstance(adamw, torch.optim.AdamW)
    assert len(adamw.param_groups) == 1
    assert adamw.param_groups[0]["weight_decay"] == 0.1
