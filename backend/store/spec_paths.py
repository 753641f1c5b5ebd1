"""A resolved spec as dotted paths: `{"method": {"name": "ols"}}` -> `method.name`, `ols`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flatten(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """`[(path, value)]` of all leaves, in the spec's order; a list is a leaf."""
    if not isinstance(value, Mapping):
        return [(path, value)]
    prefix = f"{path}." if path else ""
    return [item for key, part in value.items() for item in flatten(part, f"{prefix}{key}")]
