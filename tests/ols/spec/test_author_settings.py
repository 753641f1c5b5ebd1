"""The authors' settings of a dataset: a row is what a spec gets that says nothing else."""

from __future__ import annotations

import pytest

from ols.spec.author_settings import AUTHOR_SETTINGS, author_settings
from ols.spec.run_spec import RunSpec

ROWS = {(row.method, row.dataset): row for row in AUTHOR_SETTINGS}


def method_of(method, dataset, **fields):
    return RunSpec.parse({"method": method, "dataset": dataset, **fields}).method


@pytest.mark.parametrize("row", AUTHOR_SETTINGS, ids=lambda row: f"{row.method}-{row.dataset}")
def test_a_row_is_the_default_on_its_dataset_alone(row):
    other = method_of(row.method, "glyphs")
    given = method_of(row.method, row.dataset)
    for name, value in row.fields.items():
        assert getattr(given, name) == value
        assert getattr(other, name) == type(other).model_fields[name].default != value
    assert row.source
    assert len(ROWS) == len(AUTHOR_SETTINGS)


def test_what_is_given_comes_first():
    method = method_of({"name": "sce", "alpha": 2}, "cifar10")
    assert (method.alpha, method.beta) == (2, 1)
    resolved = RunSpec.parse({"method": "sce", "dataset": "cifar10"})
    assert RunSpec.parse(resolved.model_dump(mode="json")) == resolved


def test_a_preset_of_the_dataset_has_them_too():
    method = RunSpec.parse({"preset": "cifar10-symmetric-40", "method": "sce"}).method
    assert (method.alpha, method.beta) == (0.1, 1)


@pytest.mark.parametrize("wrong", [None, 3, [], {}, {"name": []}, {"name": {}}])
def test_what_is_no_name_has_none(wrong):
    assert author_settings(wrong, wrong) == {}
    assert RunSpec.model_json_schema()
    with pytest.raises(ValueError, match="method"):
        RunSpec.model_validate({"method": wrong, "dataset": "cifar10"})
