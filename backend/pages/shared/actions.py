"""Which actions a run's state allows: what pages offer. The API decides (backend.store.requests);
a test holds the two against each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_STATES: dict[str, tuple[str, ...]] = {
    "cancel": ("queued", "running", "paused"),
    "pause": ("queued", "running"),
    "resume": ("paused",),
    "retry": ("failed", "cancelled"),
    "devices": ("queued", "paused", "failed", "cancelled"),
    "priority": ("queued", "running", "paused"),  # a running run may be queued again
    "delete": ("queued", "paused", "finished", "failed", "cancelled"),
}


def possible(run: Mapping[str, Any]) -> list[str]:
    """The actions that make sense for a run as JSON."""
    found = [name for name, states in _STATES.items() if run["state"] in states]
    found += ["clone", "tag", "unpin" if run["pinned"] else "pin"]
    found.append("unarchive" if run["archived"] else "archive")
    if run["cancel_requested"]:  # it ends: what else could be wished of it comes too late
        return [name for name in found if name not in ("cancel", "pause", "priority")]
    if run["pause_requested"]:
        return [name for name in found if name != "pause"] + ["resume"]
    return found
