"""What can be chosen in a spec, with help and sources: plain tables, no torch.

The classes in ols/spec/methods, datasets and models say all of it; the spec's unions, the form,
`/api/catalogue`, the command line and the docs follow from these tables.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ols.spec import datasets, methods, models
from ols.spec.choice import Entry, discover, entries_of, union_of
from ols.spec.datasets.base import DatasetSpec
from ols.spec.methods.base import MethodSpec
from ols.spec.models.base import ModelSpec
from ols.spec.presets import PRESETS

_METHODS = discover(methods, MethodSpec)
_DATASETS = discover(datasets, DatasetSpec)
_MODELS = discover(models, ModelSpec)

METHODS: tuple[Entry[MethodSpec], ...] = entries_of(_METHODS)
DATASETS: tuple[Entry[DatasetSpec], ...] = entries_of(_DATASETS)
MODELS: tuple[Entry[ModelSpec], ...] = entries_of(_MODELS)

if TYPE_CHECKING:  # a union made at run time is the class that its members share
    AnyMethod = MethodSpec
    AnyDataset = DatasetSpec
    AnyModel = ModelSpec
else:
    AnyMethod = union_of(_METHODS)
    AnyDataset = union_of(_DATASETS)
    AnyModel = union_of(_MODELS)

_METHOD_OF = {entry.name: entry.part for entry in METHODS}
_DATASET_OF = {entry.name: entry.part for entry in DATASETS}


def recipe_of(dataset: str) -> dict[str, Any]:
    """The recommended run on a dataset, a partial spec; empty for an unknown name."""
    part = _DATASET_OF.get(dataset)
    return part.recipe if part else {}


def needs_of(method: str) -> dict[str, Any]:
    """The fields of a spec that a method must have so; empty for an unknown name."""
    part = _METHOD_OF.get(method)
    return part.needs if part else {}


def superclasses(dataset: str, count: int) -> tuple[str, ...] | None:
    """The superclass of each of a dataset's `count` classes; None where it has none."""
    part = _DATASET_OF.get(dataset)
    names = part.superclasses if part else ()
    return names if names and len(names) == count else None


def catalogue() -> dict[str, Any]:
    """All tables as JSON values (availability is added by whoever knows the workers)."""
    return {
        "methods": [entry.describe() for entry in METHODS],
        "datasets": [entry.describe() for entry in DATASETS],
        "models": [entry.describe() for entry in MODELS],
        "presets": [asdict(preset) for preset in PRESETS],
    }
