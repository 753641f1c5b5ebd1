"""A method, a dataset, a network is a file in ols/spec and its code; what lacks is asked for."""

from __future__ import annotations

import re
from importlib import import_module
from pathlib import Path

import pytest

from ols.spec import methods
from ols.spec.catalogue import DATASETS, METHODS, MODELS, AnyDataset, AnyMethod, AnyModel
from ols.spec.choice import Choice, discover
from ols.spec.methods.base import MethodSpec
from ols.spec.parts.base import names_of

ROOT = Path(__file__).parents[3]
EVERY = [*METHODS, *DATASETS, *MODELS]


def name_of(entry):
    return entry.name


@pytest.mark.parametrize("entry", METHODS, ids=name_of)
def test_a_method_is_three_files_of_its_name(entry):
    spec_file, code_file, test_file = (
        f"ols/spec/methods/{entry.name}.py",
        f"ols/methods/{entry.name}.py",
        f"tests/ols/methods/test_{entry.name}.py",
    )
    described = entry.part.__module__.replace(".", "/") + ".py"
    assert described == spec_file, f"{entry.part.__name__} is in {described}: move it there"
    for path in (code_file, test_file):
        assert (ROOT / path).exists(), f"{entry.name} needs the file {path}"
    assert entry.part.code_docstring(), f"{code_file} begins with its paper and its equation"


@pytest.mark.parametrize("entry", METHODS, ids=name_of)
def test_a_method_says_all_that_its_page_shows(entry):
    for attribute in ("title", "equation", "use", "colour"):
        assert getattr(entry.part, attribute), (
            f"give {entry.part.__name__} its {attribute}, as in ols/spec/methods/focal.py"
        )
    assert entry.paper or entry.name == "hard", f"give {entry.part.__name__} its paper"
    assert re.fullmatch(r"#[0-9a-f]{6}", entry.part.colour)


@pytest.mark.parametrize("entry", DATASETS, ids=name_of)
def test_a_dataset_says_what_the_form_shows(entry):
    assert entry.title, f"give {entry.part.__name__} its title"
    assert entry.part.recipe, f"give {entry.part.__name__} its recipe: the run to begin with"


@pytest.mark.parametrize("entry", EVERY, ids=name_of)
def test_code_lies_in_the_file_of_the_same_name(entry):
    function = "load" if entry in DATASETS else "build"
    module = import_module(entry.part.code_module())
    assert callable(getattr(module, function, None)), f"{module.__file__} lacks `{function}`"


@pytest.mark.parametrize(
    ("entries", "union"), [(METHODS, AnyMethod), (DATASETS, AnyDataset), (MODELS, AnyModel)]
)
def test_catalogue_and_spec_name_the_same_in_the_same_order(entries, union):
    names = [entry.name for entry in entries]
    assert names == names_of(union)
    assert len(set(names)) == len(names)
    orders = [entry.part.order for entry in entries]
    assert orders == sorted(orders)


def test_a_choice_without_a_place_comes_last(monkeypatch):
    monkeypatch.setattr(methods.gce.GeneralizedCrossEntropy, "order", Choice.order)
    assert discover(methods, MethodSpec)[-1].names() == ("gce",)
