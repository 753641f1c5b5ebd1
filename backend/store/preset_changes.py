"""What a run changed of the preset that it came from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from backend.schemas.runs import PresetChange
from backend.store.spec_paths import flatten
from ols.spec.presets import find_preset
from ols.spec.run_spec import RunSpec


@cache
def preset_values(name: str) -> Mapping[str, Any]:
    """A preset's resolved spec, path -> value; empty where there is no such preset."""
    if find_preset(name) is None:
        return MappingProxyType({})
    spec = RunSpec.parse({"preset": name}).model_dump(mode="json")
    return MappingProxyType(dict(flatten(spec)))


def preset_changes(spec: Mapping[str, Any]) -> list[PresetChange]:
    """The resolved spec's fields that the preset has otherwise.

    Empty without a preset. Fields that the preset lacks came with another choice, which is listed.
    """
    before = preset_values(spec.get("preset", ""))
    return [
        {"path": path, "preset": before[path], "value": value}
        for path, value in flatten(spec)
        if path in before and before[path] != value
    ]
