"""What a user can ask of runs: in which states, what becomes of the run, and in which words.

The store does it (backend.store.requests), pages offer it and show what will be before the server
has answered (js/core/run-words.js): all three follow this table.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from backend.core.actor import may_add, may_change
from backend.core.run_states import CUT_SHORT, FINAL, OPEN, RunSource, RunState


class Action(StrEnum):
    """The actions on one or several runs, as the API names them."""

    CANCEL = "cancel"
    PAUSE = "pause"
    RESUME = "resume"
    RETRY = "retry"
    CLONE = "clone"
    DELETE = "delete"
    RESTORE = "restore"
    ARCHIVE = "archive"
    UNARCHIVE = "unarchive"
    PIN = "pin"
    UNPIN = "unpin"
    RENAME = "rename"
    TAG = "tag"
    UNTAG = "untag"
    PRIORITY = "priority"
    DEVICES = "devices"


@dataclass(frozen=True)
class Rule:
    """What an action does to a run.

    `moves`: from each state that allows it to the state that it leads to. A running run stays so
    until its worker has done what is asked; meanwhile it says `asked`.
    """

    done: str  # "3 runs cancelled", "can't be cancelled"
    moves: Mapping[RunState, RunState]
    asked: str = ""  # "cancelling …"
    promise: str = ""  # what a run that is asked keeps
    instead: Mapping[RunState, str] = field(default_factory=dict)  # where the state forbids it

    @property
    def states(self) -> list[RunState]:
        """Those that allow it."""
        return list(self.moves)

    def leading_to(self, state: RunState) -> list[RunState]:
        """The states from which it leads to this one."""
        return [source for source, target in self.moves.items() if target == state]


@dataclass(frozen=True)
class Refusal:
    """Why a run stays as it is: a sentence, and the same said behind one number or several:
    "#4 is running: cancel it first", "#4 and #7 are running: cancel them first"."""

    message: str
    one: str
    several: str


def _unmoved(*states: RunState) -> dict[RunState, RunState]:
    return {state: state for state in states}


_ALWAYS = _unmoved(*RunState)

RULES: dict[Action, Rule] = {
    Action.CANCEL: Rule(
        "cancelled",
        dict.fromkeys(OPEN, RunState.CANCELLED) | _unmoved(RunState.RUNNING),
        asked="cancelling …",
        promise="what it has learned stays",
    ),
    Action.PAUSE: Rule(
        "paused",
        {RunState.QUEUED: RunState.PAUSED, RunState.RUNNING: RunState.RUNNING},
        asked="pausing …",
        promise="it resumes from the last checkpoint",
    ),
    # Also takes back a pause that has not happened yet: see `possible`.
    Action.RESUME: Rule("resumed", {RunState.PAUSED: RunState.QUEUED}, asked="resuming …"),
    Action.RETRY: Rule(
        "queued again",
        dict.fromkeys(CUT_SHORT, RunState.QUEUED),
        instead={RunState.FINISHED: "clone {it} instead"},
    ),
    Action.CLONE: Rule("cloned", _ALWAYS),
    Action.DELETE: Rule(
        "deleted",
        _unmoved(*(state for state in RunState if state != RunState.RUNNING)),
        instead={RunState.RUNNING: "cancel {it} first"},
    ),
    Action.RESTORE: Rule("restored", {}),  # of a deleted run, which no list shows
    Action.ARCHIVE: Rule("archived", _ALWAYS),
    Action.UNARCHIVE: Rule("unarchived", _ALWAYS),
    Action.PIN: Rule("pinned", _ALWAYS),
    Action.UNPIN: Rule("unpinned", _ALWAYS),
    Action.RENAME: Rule("renamed", _ALWAYS),
    Action.TAG: Rule("tagged", _ALWAYS),
    Action.UNTAG: Rule("untagged", _ALWAYS),
    Action.PRIORITY: Rule("given the priority", _unmoved(*OPEN)),  # a running one may queue again
    Action.DEVICES: Rule(
        "given the devices",
        _unmoved(RunState.QUEUED, RunState.PAUSED, *CUT_SHORT),
        instead={RunState.RUNNING: "pause {it} first", RunState.FINISHED: "clone {it} instead"},
    ),
}

# What only a run of this lab's workers can be asked; a logged run's loop is not ours to steer.
WORKERS_ONLY = frozenset(
    {Action.PAUSE, Action.RESUME, Action.RETRY, Action.CLONE, Action.PRIORITY, Action.DEVICES}
)

_ENDED_BY_ITSELF = (RunState.FINISHED, RunState.FAILED)  # "has failed", but "is cancelled"


def possible(run: Mapping[str, Any]) -> list[Action]:
    """The actions that make sense for a run as JSON, and that whoever asks may do."""
    if not may_change(run["owner"]):
        return [Action.CLONE] if may_add() and _may_clone(run) else []
    actions = {action for action, rule in RULES.items() if run["state"] in rule.moves}
    actions.discard(Action.PIN if run["pinned"] else Action.UNPIN)
    actions.discard(Action.ARCHIVE if run["archived"] else Action.UNARCHIVE)
    if run["source"] == RunSource.LOGGED:
        actions -= WORKERS_ONLY
    if not _may_clone(run):
        actions.discard(Action.CLONE)
    if run["stale"]:  # nobody may ever answer the request to cancel: a cancel now ends it
        return [action for action in Action if action in actions]
    if run["cancel_requested"]:  # it ends: what else could be asked of it comes too late
        actions -= {Action.CANCEL, Action.PAUSE, Action.PRIORITY}
    elif run["pause_requested"]:
        actions = actions - {Action.PAUSE} | {Action.RESUME}
    return [action for action in Action if action in actions]


def _may_clone(run: Mapping[str, Any]) -> bool:
    """A fork is forked again, from its parent."""
    return run["source"] != RunSource.LOGGED and not run.get("parent")


def refusal(action: Action, run_id: int, state: str) -> Refusal:
    """The words for a run whose state forbids the action."""
    rule = RULES[action]
    advice = rule.instead.get(RunState(state), "")
    why = advice.format(it="it") or f"only {_either(rule.states)} runs can be"
    colon = f": {advice}" if advice else ""
    one, several = ("has", "have") if state in _ENDED_BY_ITSELF else ("is", "are")
    return Refusal(
        f"Run {run_id} {one} {state} and can't be {rule.done}: {why}.",
        f"{one} {state}{colon.format(it='it')}",
        f"{several} {state}{colon.format(it='them')}",
    )


def logged_refusal(action: Action, run_id: int) -> Refusal:
    """The words for a logged run that is asked what only a worker could do."""
    done = RULES[action].done
    return Refusal(
        f"Run {run_id} was logged by a loop of its own and can't be {done}: no worker has it.",
        "is a logged run, which no worker has",
        "are logged runs, which no worker has",
    )


def outcome(action: Action, run_id: int, name: str, state: str) -> str:
    """What the action did with one run, in a sentence; `name` and `state` are the run's now."""
    rule = RULES[action]
    if action == Action.RENAME:
        return f"Run #{run_id} is now called {name}."
    if action == Action.CLONE:
        return f"Queued {name} #{run_id}."
    if rule.promise and state == RunState.RUNNING:
        verb = rule.asked.removesuffix(" …").capitalize()
        return f"{verb} {name} #{run_id}; {rule.promise}."
    return f"{name} #{run_id} {rule.done}."


def words_for_pages() -> dict[str, Any]:
    """`{"final": [states], "actions": {action: {"done", "next": {state: {"state", "note"}}}}}`:
    `next` is how a run in that state looks as soon as it is asked for, where that changes."""
    return {
        "final": list(FINAL),
        "actions": {
            action: {"done": rule.done, "next": _next_looks(action)}
            for action, rule in RULES.items()
        },
    }


def _next_looks(action: Action) -> dict[str, dict[str, str]]:
    rule = RULES[action]
    if action == Action.DELETE:
        return {state: {"state": "deleted", "note": ""} for state in rule.states}
    looks = {
        str(source): {"state": str(target), "note": ""}
        for source, target in rule.moves.items()
        if source != target
    }
    if rule.asked:
        looks[RunState.RUNNING] = {"state": str(RunState.RUNNING), "note": rule.asked}
    return looks


def _either(states: list[RunState]) -> str:
    """`queued, running or paused`"""
    *first, last = states
    return f"{', '.join(first)} or {last}" if first else str(last)
