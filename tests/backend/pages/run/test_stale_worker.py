"""A running run whose worker is gone: the page says since when, and what happens next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.pages.run.stale_worker import stale_worker

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = 30.0


def said(seconds: float, **changes: Any) -> str:
    """Of a run whose worker renewed its lease so many seconds ago."""
    run = {
        "state": "running",
        "worker": "box:1",
        "lease_expires_at": NOW + timedelta(seconds=LEASE - seconds),
        "cancel_requested": False,
        "pause_requested": False,
        "stale": False,
    }
    return stale_worker(run | changes, LEASE, NOW)


def test_nothing_is_said_while_the_worker_responds() -> None:
    assert [said(seconds) for seconds in (-3600, 0, 4.9)] == [""] * 3
    assert said(12, state="queued", lease_expires_at=None) == ""


def test_it_says_how_long_and_when_the_lease_ends() -> None:
    assert said(12) == (
        "Worker box:1 has not responded for 12 s. Unless it recovers, its lease ends in 18 s; "
        "then the run is queued again and resumes from its last checkpoint."
    )
    assert "its lease ends any moment" in said(31)


@pytest.mark.parametrize(
    ("asked", "end"),
    [("cancel_requested", "the run is cancelled."), ("pause_requested", "the run is paused.")],
)
def test_it_says_what_becomes_of_what_the_user_asked(asked: str, end: str) -> None:
    assert said(12, **{asked: True}).endswith(end)
