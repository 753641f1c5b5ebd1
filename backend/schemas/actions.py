"""What became of an action on several runs."""

from __future__ import annotations

from typing import NotRequired

from typing_extensions import TypedDict

from backend.core.error_codes import ErrorCode
from backend.core.run_states import RunState


class ActedRun(TypedDict):
    """What a run has become; after `clone` the new run."""

    id: int
    name: str
    state: RunState


class ActionRefusal(TypedDict):
    """Why a run stays as it was: a sentence, and the same said behind one number or several of them
    ("is running: cancel it first")."""

    code: ErrorCode
    message: str
    one: str
    several: str


class ActionResult(TypedDict):
    """Either `run` with a `message` that says what became of it, or the `error`.

    `was` is the run's state before, null for one that is not there.
    """

    id: int
    was: RunState | None
    run: NotRequired[ActedRun]
    message: NotRequired[str]
    error: NotRequired[ActionRefusal]


class ActionResults(TypedDict):
    """One result per run; `done` names the action done: "cancelled"."""

    done: str
    results: list[ActionResult]
