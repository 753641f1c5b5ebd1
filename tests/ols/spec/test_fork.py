from __future__ import annotations

import pytest
from pydantic import ValidationError

from ols.errors import ForkError
from ols.spec.fork import Start, fixed, forked
from ols.spec.run_spec import RunSpec

PARENT = RunSpec.parse({"method": "ols", "dataset": "digits", "epochs": 12})


def faults(epoch=8, parent=PARENT, schedule_from=0, **changes):
    with pytest.raises(ForkError) as error:
        forked(parent, epoch, changes.pop("set", changes), schedule_from)
    return {field.path: field.message for field in error.value.fields}


def test_nothing_set_is_the_parents_spec():
    assert forked(PARENT, 8, {}) == PARENT


def test_fields_change_by_path_and_parts_whole():
    spec = forked(PARENT, 8, {"optimizer.lr": 0.01, "method": {"name": "ols", "alpha": 0.9}})
    assert (spec.optimizer.lr, spec.method.alpha) == (0.01, 0.9)
    assert spec.optimizer.momentum == PARENT.optimizer.momentum


def test_a_parts_name_comes_before_its_fields():
    spec = forked(PARENT, 8, {"method.epsilon": 0.2, "method.name": "label_smoothing"})
    assert (spec.method.name, spec.method.epsilon) == ("label_smoothing", 0.2)


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("model", "mlp"),
        ("model.width", 8),
        ("dataset", "glyphs"),
        ("eval_on", "holdout"),
        ("holdout", 0.2),
        ("seed", 1),
    ],
)
def test_what_the_checkpoint_would_not_fit_is_refused_by_name(path, value):
    if path == "model":
        value = "cifar_resnet18"
    if path == "model.width":
        data = PARENT.model_dump()["model"]
        path, value = next((f"model.{k}", v + 1) for k, v in data.items() if isinstance(v, int))
    answer = faults(set={path: value})
    (named,) = answer
    assert named == f"set.{path.split('.')[0]}"
    assert "a fork can't change it" in answer[named]
    assert fixed(path)


def test_what_may_change_is_not_fixed():
    paths = ("method", "method.alpha", "optimizer.lr", "noise.rate", "augment.flip", "epochs")
    assert not any(map(fixed, paths))
    assert fixed("noise.holdout")


@pytest.mark.parametrize(
    "changes",
    [
        {"noise": {"rate": 0.1}, "noise.kind": ["symmetric"]},
        {"method": None, "method.name": 3},
        {"epochs.more": 1},
        {"labels": 7, "labels.set": {}},
        {"method": [], "optimizer": "ols", "schedule": {"name": {}}},
    ],
)
def test_whatever_is_sent_is_refused_in_words(changes):
    assert all(path.startswith("set.") for path in faults(set=changes))


def test_another_kind_of_noise_keeps_the_rate_alone():
    noisy = forked(PARENT, 8, {"noise": {"kind": "symmetric", "rate": 0.2}})
    assert forked(noisy, 8, {"noise.kind": "pair_flip"}).noise.rate == 0.2
    assert forked(noisy, 8, {"noise.kind": "none"}).noise.rate == 0


def test_an_unknown_field_and_a_wrong_value_are_named_below_set():
    assert "unknown field" in faults(set={"method.alpa": 1})["set.method.alpa"]
    assert "set.method.alpha" in faults(set={"method.alpha": 7})
    assert "set.optimiser" in faults(set={"optimiser.lr": 1})


@pytest.mark.parametrize(("epoch", "path"), [(0, "epoch"), (13, "epoch"), (12, "set.epochs")])
def test_an_epoch_must_have_been_trained_and_one_must_be_left(epoch, path):
    assert path in faults(epoch)


def test_the_last_epoch_can_be_continued():
    assert forked(PARENT, 12, {"epochs": 20}).epochs == 20


def test_a_schedule_over_the_rest_must_fit_into_it():
    cosine = {"schedule": {"name": "cosine", "warmup_epochs": 4}}
    named = faults(schedule_from=8, set=cosine)["set.schedule.warmup_epochs"]
    assert "begins at the fork and has 4 epochs: must be below epochs (4)" in named
    steps = {"schedule": {"name": "step", "milestones": [5]}}
    assert "set.schedule.milestones" in faults(schedule_from=8, set=steps)
    assert forked(PARENT, 8, steps).schedule.milestones == (5,)


def test_an_ensemble_must_have_been_gathered():
    assert "set.final.ensemble_last" in faults(set={"final.ensemble_last": 6})
    assert forked(PARENT, 8, {"final.ensemble_last": 4}).final.ensemble_last == 4


def test_a_seed_alone_begins_anew():
    assert Start(seed=3).order == Start(seed=3).rng == "anew"
    assert Start(seed=3, order="anew").rng == "kept"
    with pytest.raises(ValidationError, match="nothing begins anew"):
        Start(seed=3, order="kept")
