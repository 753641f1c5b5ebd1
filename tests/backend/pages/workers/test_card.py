"""A worker as its card shows it: its state in words, its load, its version."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from backend.core.code_version import CODE, PACKAGE, code_version
from backend.pages.workers.card import MEANINGS, cards

NOW = datetime(2026, 1, 1, tzinfo=UTC)
SLOT = {"index": 0, "device": "cpu", "device_name": "CPU, 2 cores", "run_id": None}


def worker(**values: Any) -> dict[str, Any]:
    return {
        "name": "box:1",
        "host": "box",
        "pid": 1,
        "online": True,
        "draining": False,
        "slots": [SLOT],
        "datasets": {},
        "versions": {"torch": "2", **code_version()},
        "started_at": NOW,
        "heartbeat_at": NOW,
        "heartbeat_age_seconds": 2.0,
        "stopped_at": None,
    } | values


@pytest.mark.parametrize(
    ("values", "state", "action"),
    [
        ({}, "online", "drain"),
        ({"draining": True, "slots": [SLOT | {"run_id": 7}]}, "draining", "undrain"),
        ({"draining": True}, "drained", "undrain"),
        ({"online": False, "stopped_at": NOW}, "stopped", ""),
        ({"online": False}, "gone", ""),
    ],
)
def test_every_state_has_its_meaning_and_its_button(
    values: dict[str, Any], state: str, action: str
) -> None:
    (card,) = cards([worker(**values)])
    assert (card.state, card.next_action) == (state, action)
    assert card.meaning == MEANINGS[state]


def test_what_is_not_reported_is_not_known() -> None:
    (card,) = cards([worker()])
    (slot,) = card.slots
    assert (slot.memory_share, slot.memory_text, slot.utilization) == (None, "", None)
    assert slot.device == "CPU, 2 cores"


def test_memory_is_a_share_and_words() -> None:
    gpu = {"index": 0, "device": "cuda:1", "device_name": "H100", "run_id": 3, "run_name": "r"}
    load = {"memory_used": 3 * 2**30, "memory_total": 12 * 2**30, "utilization": 0.5}
    (card,) = cards([worker(slots=[gpu | load])])
    (slot,) = card.slots
    assert (slot.memory_share, slot.memory_text) == (0.25, "3.0 of 12.0 GiB")
    assert slot.device == "H100 (cuda:1)"


@pytest.mark.parametrize(
    ("versions", "named"),
    [
        ({PACKAGE: "0.0.1"}, "ols-lab 0.0.1;"),  # from before workers reported their code
        ({**code_version(), CODE: "12345678"}, "code 12345678;"),
        ({**code_version(), PACKAGE: "9.9"}, "ols-lab 9.9, code"),
    ],
)
def test_another_version_is_flagged_while_the_worker_lives(
    versions: dict[str, str], named: str
) -> None:
    alive, gone = cards([worker(versions=versions), worker(versions=versions, online=False)])
    assert named in alive.mismatch
    assert f"code {code_version()[CODE]}" in alive.mismatch
    assert gone.mismatch == ""


def test_the_same_version_is_not_flagged_and_is_read_first() -> None:
    same, silent = cards([worker(), worker(versions={})])
    assert (same.mismatch, silent.mismatch) == ("", "")
    assert [name for name, _ in same.versions] == [PACKAGE, CODE, "torch"]
