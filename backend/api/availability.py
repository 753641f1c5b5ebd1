"""Which of the workers online have which dataset, as they say with their heartbeats."""

from __future__ import annotations

from collections.abc import Sequence

from backend.schemas.workers import Availability, WorkerDetail
from ols.spec.catalogue import DATASETS


def availability(workers: Sequence[WorkerDetail]) -> dict[str, Availability]:
    """By dataset."""
    online = [worker for worker in workers if worker["online"]]
    return {entry.name: _of(entry.name, online) for entry in DATASETS}


def where(one: Availability | None) -> str:
    """A sentence for the form; empty where no worker said anything."""
    if one is None or one["available"] is None:
        return ""
    if one["available"]:
        places = (f"{name} ({place})" if place else name for name, place in one["places"].items())
        return f"On {', '.join(places)}."
    return f"On no worker. {one['detail']}"


def _of(dataset: str, online: Sequence[WorkerDetail]) -> Availability:
    said = {w["name"]: w["datasets"][dataset] for w in online if dataset in w["datasets"]}
    places = {name: one.get("detail", "") for name, one in said.items() if one.get("available")}
    details = [*places.values(), *(one.get("detail", "") for one in said.values())]
    return {
        "available": bool(places) if said else None,
        "detail": next(filter(None, details), ""),
        "workers": list(places),
        "places": places,  # where each of them has it
    }
