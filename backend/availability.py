"""Which of the workers online have which dataset, as they say with their heartbeats."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ols.catalogue import DATASETS

Availability = dict[str, Any]  # available (null: nobody said), detail, workers


def availability(found: Sequence[Mapping[str, Any]]) -> dict[str, Availability]:
    """By dataset; `found` are workers as `workers.listing` gives them."""
    online = [worker for worker in found if worker["online"]]
    return {entry.name: _of(entry.name, online) for entry in DATASETS}


def where(one: Availability | None) -> str:
    """A sentence for the form; empty where no worker said anything."""
    if one is None or one["available"] is None:
        return ""
    if one["available"]:
        return f"On {', '.join(one['workers'])}."
    return f"On no worker. {one['detail']}"


def _of(dataset: str, online: Sequence[Mapping[str, Any]]) -> Availability:
    said = {w["name"]: w["datasets"][dataset] for w in online if dataset in w["datasets"]}
    having = [name for name, one in said.items() if one.get("available")]
    details = [one["detail"] for one in said.values() if one.get("detail")]
    return {
        "available": bool(having) if said else None,
        "detail": details[0] if details else "",
        "workers": having,
    }
