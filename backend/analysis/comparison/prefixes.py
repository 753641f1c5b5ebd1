"""Epochs that several runs share, because one is a fork of another or both are of a third."""

from __future__ import annotations

from collections.abc import Sequence

from backend.schemas.runs import RunRow

Runs = Sequence[RunRow]


def shared_with(runs: Runs, place: int) -> tuple[int, int] | None:
    """The number of another of these runs, its parent or one that stands before it, and the last
    epoch up to which the two are the same; None where nothing is shared."""
    parent = runs[place]["parent"]
    if parent is None:
        return None
    number, epoch = parent["run"], parent["epoch"]
    if any(other["id"] == number for other in runs):
        return number, epoch
    siblings = [
        (min(epoch, theirs["epoch"]), -at, other["id"])
        for at, other in enumerate(runs[:place])
        if (theirs := other["parent"]) is not None and theirs["run"] == number
    ]
    if not siblings:
        return None
    shared, _, sibling = max(siblings)
    return sibling, shared


def shared_before(runs: Runs, place: int) -> int:
    """The last epoch that this run shares with another of these; 0: there is none."""
    shared = shared_with(runs, place)
    return shared[1] if shared else 0


def shared_words(runs: Runs) -> str:
    """`#15 is the same as #12 until epoch 8`; empty where nothing is shared."""
    pairs = [(run["id"], shared_with(runs, place)) for place, run in enumerate(runs)]
    return "; ".join(
        f"#{number} is the same as #{shared[0]} until epoch {shared[1]}"
        for number, shared in pairs
        if shared
    )
