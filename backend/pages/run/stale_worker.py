"""A running run whose worker, or loop, has stopped responding: since when, what happens next."""

from __future__ import annotations

from datetime import UTC, datetime

from backend.analysis.formats import duration
from backend.core.run_states import RunState
from backend.schemas.runs import RunDetail

AFTER = 5.0  # seconds; a worker that responds renews its leases twice per second


def stale_worker(run: RunDetail, lease_seconds: float, now: datetime | None = None) -> str:
    """In a sentence or two; empty while the worker responds, or where the run has none."""
    if run["stale"]:
        return _stale_loop(run, now or datetime.now(UTC))
    if run["state"] != RunState.RUNNING or run["lease_expires_at"] is None:
        return ""
    left = (run["lease_expires_at"] - (now or datetime.now(UTC))).total_seconds()
    stale_for = lease_seconds - left
    if stale_for < AFTER:
        return ""
    when = f"in {duration(left)}" if left >= 1 else "any moment"
    return (
        f"Worker {run['worker']} has not responded for {duration(stale_for)}. Unless it recovers, "
        f"its lease ends {when}; then {_then(run)}."
    )


def _stale_loop(run: RunDetail, now: datetime) -> str:
    since = run["heard_at"] or run["created_at"]
    return (
        f"This run's loop has not reported since {since:%Y-%m-%d %H:%M} UTC "
        f"({duration((now - since).total_seconds())}). It can still log; Cancel ends the "
        "run at once."
    )


def _then(run: RunDetail) -> str:
    if run["cancel_requested"]:
        return "the run is cancelled"
    if run["pause_requested"]:
        return "the run is paused"
    return "the run is queued again and resumes from its last checkpoint"
