"""What somebody changed of a run, in words."""

from __future__ import annotations

from typing import Any

from backend.core.run_actions import RULES, Action
from backend.schemas.people import RunChange

_DONE = {
    "submit": "submitted it",
    "log": "began to log it",
    "reopen": "reopened it",
    "edit": "edited it",
}


def change_words(change: RunChange) -> str:
    """`renamed: name from a to b`; `submitted it, a clone of run 3`."""
    action, details = change["action"], change["details"]
    if action == "finish":
        return f"ended it as {details['state']}"
    if "clone_of" in details:
        return f"submitted it, a clone of run {details['clone_of']}"
    if "fork_of" in details:
        return f"forked it from run {details['fork_of']} after epoch {details['epoch']}"
    if action in set(Action):
        moved = details.get("archived") or details.get("pinned")
        undone = moved is not None and not moved[1]
        done = f"un{RULES[Action(action)].done}" if undone else RULES[Action(action)].done
        details = {} if moved is not None else details
    else:
        done = _DONE.get(action, action)
    told = "; ".join(_told(name, value) for name, value in details.items())
    return f"{done}: {told}" if told else done


def _told(name: str, value: Any) -> str:
    if name == "tags":
        return f"tags {', '.join(value) or 'none'}"
    if isinstance(value, list):
        return f"{name} from {value[0]} to {value[1]}"
    return f"{name} now {value}"
