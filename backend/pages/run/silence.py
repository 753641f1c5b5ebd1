"""A running run whose worker says nothing any more: since when, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from backend.analysis.formats import duration
from backend.core.run_states import RunState

AFTER = 5.0  # seconds; a worker that lives renews its leases twice a second


def silence(run: Mapping[str, Any], lease_seconds: float, now: datetime | None = None) -> str:
    """In a sentence or two; empty where the worker was heard of just now, or there is none."""
    if run["state"] != RunState.RUNNING or run["lease_expires_at"] is None:
        return ""
    left = (run["lease_expires_at"] - (now or datetime.now(UTC))).total_seconds()
    silent = lease_seconds - left
    if silent < AFTER:
        return ""
    when = f"in {duration(left)}" if left >= 1 else "any moment"
    return (
        f"Its worker {run['worker']} has been silent for {duration(silent)}. Unless it comes back, "
        f"its lease ends {when}; then {_then(run)}."
    )


def _then(run: Mapping[str, Any]) -> str:
    if run["cancel_requested"]:
        return "the run is cancelled"
    if run["pause_requested"]:
        return "the run is paused"
    return "the run is queued again and goes on from its last checkpoint"
