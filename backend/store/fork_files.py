"""The checkpoint that a fork begins from: a file of its own, so that its parent may go.

On disk it is a hard link, which takes no room while the parent keeps its own name of the file; in
the object store a copy that the store makes itself. Either is there before the fork is: whatever
becomes of the parent or its older checkpoints, the fork has what it needs.

Where the parent has no checkpoint of the fork's epoch the folder gets the nearest earlier one, or,
of a parent that is a fork and has none of its own yet, what that one begins from, one folder down.
"""

from __future__ import annotations

from backend.core.hard_links import link_or_copy
from backend.core.settings import Settings
from backend.store.checkpoints import Checkpoint, checkpoints
from backend.store.errors import Conflict
from backend.store.objects import StoredObject, object_store
from backend.store.run_identity import RunIdentity, take_folder

NAME = "epoch-{:06d}.pt"
BEFORE = "parent"  # the folder below, of what the parent itself begins from


def own_checkpoints(config: Settings, run: RunIdentity, begins_after: int) -> list[Checkpoint]:
    """Those that the run wrote itself, oldest first; `begins_after`: a fork's epoch, else 0."""
    return [one for one in checkpoints(config, run) if one.epoch > begins_after]


def take_over(
    config: Settings, parent: RunIdentity, fork: RunIdentity, source: Checkpoint | None
) -> None:
    """Gives the fork this checkpoint of its parent, or else what the parent begins from.

    Raises Conflict where it has gone meanwhile, FilesUnreachable, and OSError on a full disk.
    """
    try:
        if source is None:
            _take_parents(config, parent, fork)
        elif isinstance(source.place, StoredObject):
            store = object_store(config)
            assert store is not None
            store.copy_to_fork(source.place.key, fork.name, NAME.format(source.epoch))
        else:
            take_folder(config, fork)
            folder = config.parent_dir(fork.run_id)
            folder.mkdir(parents=True, exist_ok=True)
            link_or_copy(source.place, folder / NAME.format(source.epoch))
    except FileNotFoundError:
        raise Conflict(
            f"The checkpoint of run {parent.run_id} was removed just now, while it trains; "
            "try again."
        ) from None


def _take_parents(config: Settings, parent: RunIdentity, fork: RunIdentity) -> None:
    if store := object_store(config):
        for name, key in store.parent_files(parent.name).items():
            store.copy_to_fork(key, fork.name, f"{BEFORE}/{name}")
        return
    theirs, ours = config.parent_dir(parent.run_id), config.parent_dir(fork.run_id) / BEFORE
    if not parent.owns(config.run_dir(parent.run_id)):
        return
    take_folder(config, fork)
    for path in sorted(theirs.rglob("*.pt")):
        target = ours / path.relative_to(theirs)
        target.parent.mkdir(parents=True, exist_ok=True)
        link_or_copy(path, target)
