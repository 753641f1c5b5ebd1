"""A run's checkpoints, wherever they are kept: in the object store, else in the data folder."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from backend.core.settings import Settings
from backend.store.objects import Stored, object_store
from backend.store.run_identity import RunIdentity

_NAME = re.compile(r"(?:attempt-(\d+)/)?epoch-(\d+)\.pt$")


@dataclass(frozen=True)
class Checkpoint:
    """One epoch's file."""

    epoch: int
    attempt: int
    size: int  # bytes
    place: Path | Stored


def checkpoints(config: Settings, run: RunIdentity) -> list[Checkpoint]:
    """One for each epoch that is kept, oldest first. Raises FilesUnreachable."""
    store = object_store(config)
    if store and (stored := store.checkpoints(run.name)):
        return current(map(of_store, stored))
    if not run.owns(config.run_dir(run.run_id)):
        return []
    folder = config.checkpoint_dir(run.run_id)
    return current(found for path in folder.glob("**/*.pt") if (found := _local(path)))


def current(found: Iterable[Checkpoint]) -> list[Checkpoint]:
    """Without what attempts wrote that were given up: later ones began at an earlier epoch."""
    by_epoch: dict[int, Checkpoint] = {}
    for one in sorted(found, key=lambda one: (one.attempt, one.epoch)):
        for stale in [epoch for epoch in by_epoch if epoch >= one.epoch]:
            del by_epoch[stale]
        by_epoch[one.epoch] = one
    return list(by_epoch.values())


def of_store(stored: Stored) -> Checkpoint:
    """A checkpoint among the store's objects."""
    return Checkpoint(stored.number, stored.attempt, stored.size, stored)


def _local(path: Path) -> Checkpoint | None:
    match = _NAME.search(path.as_posix())
    try:
        size = path.stat().st_size
    except FileNotFoundError:  # its trainer has just removed it
        return None
    return Checkpoint(int(match[2]), int(match[1] or 0), size, path) if match else None
