"""A running run whose worker has gone: the page says since when, and what comes of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from backend.pages.run.silence import silence

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LEASE = 30.0


def said(silent: float, **changes: Any) -> str:
    """Of a run whose worker renewed its lease so many seconds ago."""
    run = {
        "state": "running",
        "worker": "box:1",
        "lease_expires_at": NOW + timedelta(seconds=LEASE - silent),
        "cancel_requested": False,
        "pause_requested": False,
    }
    return silence(run | changes, LEASE, NOW)


def test_nothing_is_said_while_the_worker_is_heard() -> None:
    assert [said(silent) for silent in (-3600, 0, 4.9)] == [""] * 3
    assert said(12, state="queued", lease_expires_at=None) == ""


def test_it_says_how_long_and_when_the_lease_ends() -> None:
    assert said(12) == (
        "Its worker box:1 has been silent for 12 s. Unless it comes back, its lease ends in 18 s; "
        "then the run is queued again and goes on from its last checkpoint."
    )
    assert "its lease ends any moment" in said(31)


@pytest.mark.parametrize(
    ("wish", "end"),
    [("cancel_requested", "the run is cancelled."), ("pause_requested", "the run is paused.")],
)
def test_it_says_what_becomes_of_the_users_wish(wish: str, end: str) -> None:
    assert said(12, **{wish: True}).endswith(end)
