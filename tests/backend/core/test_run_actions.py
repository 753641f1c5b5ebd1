"""What a user can ask of runs, and the words for it."""

from __future__ import annotations

from typing import Any

import pytest

from backend.core.actor import Actor, Role, acting
from backend.core.run_actions import (
    RULES,
    WORKERS_ONLY,
    Action,
    outcome,
    possible,
    refusal,
    words_for_pages,
)
from backend.core.run_states import FINAL, RunSource, RunState

FLAGS = ("archived", "pinned", "cancel_requested", "pause_requested", "stale")


def _run(state: str, source: str = RunSource.TRAINED, **flags: bool) -> dict[str, Any]:
    return {
        "owner": "mia",
        "state": state,
        "source": source,
        **dict.fromkeys(FLAGS, False),
        **flags,
    }


@pytest.mark.parametrize("state", RunState)
def test_a_logged_run_is_offered_nothing_that_needs_a_worker(state: RunState) -> None:
    assert not WORKERS_ONLY & set(possible(_run(state, RunSource.LOGGED)))


def test_a_stale_run_can_be_cancelled_though_that_was_asked_for() -> None:
    asked = _run(RunState.RUNNING, RunSource.LOGGED, cancel_requested=True)
    assert "cancel" not in possible(asked)
    assert "cancel" in possible({**asked, "stale": True})


def test_a_run_that_ends_is_offered_nothing_that_comes_too_late() -> None:
    ending = _run(RunState.RUNNING, cancel_requested=True, pause_requested=True)
    assert not {"cancel", "pause", "resume", "priority"} & set(possible(ending))


def test_a_pause_that_is_asked_for_can_be_taken_back() -> None:
    offered = possible(_run(RunState.RUNNING, pause_requested=True))
    assert "resume" in offered
    assert "pause" not in offered


def test_opposites_are_never_offered_together() -> None:
    offered = possible(_run(RunState.FINISHED, pinned=True))
    assert {"unpin", "archive"} <= set(offered)
    assert not {"pin", "unarchive", "restore"} & set(offered)


@pytest.mark.parametrize(
    ("action", "state", "message", "several"),
    [
        (
            Action.CANCEL,
            RunState.FAILED,
            "Run 4 has failed and can't be cancelled: only queued, running or paused runs can be.",
            "have failed",
        ),
        (
            Action.DELETE,
            RunState.RUNNING,
            "Run 4 is running and can't be deleted: cancel it first.",
            "are running: cancel them first",
        ),
        (
            Action.RESUME,
            RunState.QUEUED,
            "Run 4 is queued and can't be resumed: only paused runs can be.",
            "are queued",
        ),
    ],
)
def test_refusals_name_the_state_and_the_way(
    action: Action, state: RunState, message: str, several: str
) -> None:
    words = refusal(action, 4, state)
    assert (words.message, words.several) == (message, several)
    assert words.one == several.replace("are", "is").replace("have", "has").replace("them", "it")


@pytest.mark.parametrize("action", Action)
@pytest.mark.parametrize("state", RunState)
def test_every_action_has_words_in_every_state(action: Action, state: RunState) -> None:
    assert outcome(action, 3, "r", state).endswith(".")
    if action is not Action.RESTORE and state not in RULES[action].moves:
        assert state in refusal(action, 3, state).one


def test_a_running_run_is_asked_and_keeps_what_it_has() -> None:
    said = outcome(Action.CANCEL, 3, "r", RunState.RUNNING)
    assert said == "Cancelling r #3; what it has learned stays."
    assert outcome(Action.CANCEL, 3, "r", RunState.CANCELLED) == "r #3 cancelled."


def test_pages_hear_how_a_run_looks_when_it_is_asked() -> None:
    words = words_for_pages()
    assert words["final"] == list(FINAL)
    after = words["actions"]["cancel"]["next"]
    assert after["queued"] == {"state": "cancelled", "note": ""}
    assert after["running"] == {"state": "running", "note": "cancelling …"}
    assert "finished" not in after
    assert words["actions"]["delete"]["next"]["failed"]["state"] == "deleted"
    assert words["actions"]["tag"] == {"done": "tagged", "next": {}}


@pytest.mark.parametrize(
    ("who", "offered"),
    [
        (None, True),
        (Actor("anna", Role.ADMIN), True),
        (Actor("max", Role.MEMBER), True),
        (Actor("mia", Role.MEMBER, own_only=True), True),
        (Actor("max", Role.MEMBER, own_only=True), False),
        (Actor("vera", Role.VIEWER), False),
    ],
)
def test_nobody_is_offered_what_they_may_not_do(who: Actor | None, offered: bool) -> None:
    with acting(who):
        actions = set(possible(_run(RunState.QUEUED)))
    assert (Action.CANCEL in actions) == offered
    if not offered:  # a copy of another's run is one's own
        assert actions == ({Action.CLONE} if who and who.role == Role.MEMBER else set())
