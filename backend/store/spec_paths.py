"""A resolved spec as dotted paths: `{"method": {"name": "ols"}}` -> `method.name`, `ols`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from backend.schemas.compare import Difference

FREE_KEYS = ("noise.map",)  # values whose keys are names of classes and no fields


def tell_apart(values: Iterable[Any]) -> bool:
    """Whether those that have one have several: a field that only some methods have, and all of
    them alike, tells nothing apart."""
    return len({str(value) for value in values if value is not None}) > 1


def flatten(value: Any, path: str = "") -> list[tuple[str, Any]]:
    """`[(path, value)]` of all leaves, in the spec's order; a list is a leaf."""
    if not isinstance(value, Mapping) or path in FREE_KEYS:
        return [(path, value)]
    prefix = f"{path}." if path else ""
    return [item for key, part in value.items() for item in flatten(part, f"{prefix}{key}")]


def leaves(run: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """All fields of a run, as JSON or as its columns: those of its spec; of a logged run those that
    it named, as a spec has them, and its config's: `config.lr`."""
    if run["spec"] is not None:
        return flatten(run["spec"])
    named = {part: {"name": run[part]} for part in ("method", "dataset", "model") if run[part]}
    noise = {"noise": {"rate": run["noise_rate"]}} if run["noise_rate"] else {}
    config = {} if run["config"] is None else {"config": run["config"]}
    return flatten({**named, **noise, **config})


def differences(runs: Sequence[Mapping[str, Any]]) -> list[Difference]:
    """The fields in which they differ, with a value per run."""
    flat = [dict(leaves(run)) for run in runs]
    paths = list(dict.fromkeys(path for fields in flat for path in fields))
    rows: list[Difference] = [
        {"path": path, "values": [fields.get(path) for fields in flat]} for path in paths
    ]
    return [row for row in rows if any(value != row["values"][0] for value in row["values"])]
