"""A spec from a command line: what stands where, and what is wrong is said."""

from __future__ import annotations

import pytest

from ols.errors import SpecError
from ols.spec.assignments import leaf, read_spec, read_value, split_assignment


def test_a_path_makes_its_parts_and_a_bare_name_keeps_its_place():
    data = {"method": "ols", "epochs": 3}
    for path in ("method.alpha", "optimizer.lr", "epochs.x"):
        node, key = leaf(data, path)
        node[key] = 1
    assert data == {
        "method": {"name": "ols", "alpha": 1},
        "optimizer": {"lr": 1},
        "epochs": {"x": 1},  # which RunSpec refuses, at epochs
    }


def test_values_are_json_where_they_are_json():
    found = [read_value(text) for text in ("0.1", "true", "null", "[1, 2]", "cosine", "1e-3..1")]
    assert found == [0.1, True, None, [1, 2], "cosine", "1e-3..1"]


def test_an_assignment_keeps_further_equal_signs():
    assert split_assignment("name=a=b") == ("name", "a=b")
    with pytest.raises(SpecError, match=r"--grid: expected PATH=VALUE such as seed=1"):
        split_assignment("seed", "--grid", "seed=1")


@pytest.mark.parametrize(("text", "says"), [("[1]", "JSON object"), ("{", "can't read")])
def test_a_file_that_is_no_spec_is_explained(tmp_path, text, says):
    path = tmp_path / "spec.json"
    path.write_text(text)
    with pytest.raises(SpecError, match=says):
        read_spec(path)
