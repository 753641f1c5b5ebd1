"""What can stand on an axis, in which order."""

from __future__ import annotations

from backend.analysis.comparison import fields
from backend.store.spec_paths import differences
from tests.backend.analysis.comparison.made_up import RUNS

COMPARISON = {"runs": RUNS, "differences": differences(RUNS)}


def test_fields_that_tell_runs_apart_come_before_those_of_one_method() -> None:
    order = fields.telling_first(COMPARISON["differences"])
    assert order[:3] == ["method.name", "seed", "method.alpha"]
    assert {"method.initial", "method.period"} <= set(order[3:])


def test_names_stand_by_their_titles_and_numbers_as_numbers() -> None:
    found = fields.columns(COMPARISON)
    assert next(iter(found)) == "spec.method.name"
    assert found["spec.method.name"][:3] == ["Hard labels", "Hard labels", "Online label smoothing"]
    assert found["spec.method.alpha"] == [None, None, 0.5, 0.5, 0.9]
    assert found["val_top1.last"] == [0.5, 0.7, 0.8, None, 0.6]


def test_an_axis_that_is_not_there_falls_back() -> None:
    found = fields.columns(COMPARISON)
    assert fields.axes(found, "nothing", "nothing") == ("spec.method.name", "val_top1.last")
    assert fields.axes(found, "spec.seed", "val_top1.best") == ("spec.seed", "val_top1.best")
    names = [name for name, _ in fields.parallel(COMPARISON, found, "val_top1.last")]
    assert names == ["spec.method.name", "spec.seed", "spec.method.alpha", "val_top1.last"]
