"""The states of a run and the moves between them. Whatever names several states takes them here.

    queued -> running -> finished | failed | cancelled
    running -> queued      its worker went away or shut down, or its trainer crashed: it resumes
                           from the last checkpoint
    queued, running -> paused -> queued        queued, paused -> cancelled
    failed, cancelled -> queued
    failed, cancelled -> running           a logged run whose script starts again

A new state: its line and its moves here, what a user may ask for in it (run_actions.py), the code
that moves a run into it (backend/store/claims.py or requests.py), its colour (css/controls.css).
"""

from __future__ import annotations

from enum import StrEnum


class RunSource(StrEnum):
    """Who trains a run: a worker of this lab, or somebody else's loop that logs here."""

    TRAINED = "trained"
    LOGGED = "logged"


class RunState(StrEnum):
    """In the order in which lists, filters and counts name them."""

    QUEUED = "queued"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"


# From each state to those that may follow it. backend.store.transitions makes no other move.
MOVES: dict[RunState, frozenset[RunState]] = {
    RunState.QUEUED: frozenset({RunState.RUNNING, RunState.PAUSED, RunState.CANCELLED}),
    RunState.RUNNING: frozenset(RunState) - {RunState.RUNNING},
    RunState.PAUSED: frozenset({RunState.QUEUED, RunState.CANCELLED}),
    RunState.FINISHED: frozenset(),
    RunState.FAILED: frozenset({RunState.QUEUED, RunState.RUNNING}),
    RunState.CANCELLED: frozenset({RunState.QUEUED, RunState.RUNNING}),
}

CUT_SHORT = (RunState.FAILED, RunState.CANCELLED)  # ended before the last epoch
FINAL = (RunState.FINISHED, *CUT_SHORT)  # ended: only a user moves the run again
OPEN = tuple(state for state in RunState if state not in FINAL)
BEGUN = (RunState.RUNNING, RunState.PAUSED)  # between claim and end, so its progress is shown
ACTIVE = (RunState.QUEUED, RunState.RUNNING)  # a slot trains it, or will without a user
FURTHEST_FIRST = (*FINAL, *reversed(OPEN))  # for bars that fill from the left


def sources(state: RunState) -> list[RunState]:
    """The states from which a run may come to this one."""
    return [source for source, following in MOVES.items() if state in following]
