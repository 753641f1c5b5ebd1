"""A resolved spec as dotted paths: `{"method": {"name": "ols"}}` -> `method.name`, `ols`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from backend.schemas.compare import Difference


def flatten(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """`[(path, value)]` of all leaves, in the spec's order; a list is a leaf."""
    if not isinstance(value, Mapping):
        return [(path, value)]
    prefix = f"{path}." if path else ""
    return [item for key, part in value.items() for item in flatten(part, f"{prefix}{key}")]


def differences(specs: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """The fields in which they differ, with a value per spec."""
    flat = [dict(flatten(spec)) for spec in specs]
    paths = list(dict.fromkeys(path for spec in flat for path in spec))
    rows: list[Difference] = [
        {"path": path, "values": [spec.get(path) for spec in flat]} for path in paths
    ]
    return [row for row in rows if any(value != row["values"][0] for value in row["values"])]
