"""Fetches a run's newest good checkpoint from the object store before it resumes here.

In the trainer's process, so that the supervisor renews the lease and hears a cancel meanwhile.
"""

from __future__ import annotations

import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from backend.store.errors import FilesUnreachable
from backend.store.objects import ObjectStore, StoredObject
from worker.files.checkpoints import epoch_of, list_checkpoints

LONGEST_PAUSE = 60.0  # seconds between two tries

Say = Callable[[str], None]


def fetch_newest(
    store: ObjectStore,
    run: str,
    recorded: int,
    folder: Path,
    say: Say,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Brings the newest good checkpoint of at most epoch `recorded`, unless it is here already.

    Waits for a store that is away: starting from scratch would discard epochs.
    """
    here = max((epoch_of(p) for p in list_checkpoints(folder) if is_whole(p)), default=0)

    def fetch() -> None:
        checkpoints = [s for s in store.checkpoints(run) if here < s.number <= recorded]
        # Of two attempts at one epoch the later is what the database has.
        newest_first = sorted(checkpoints, key=lambda s: (s.number, s.attempt), reverse=True)
        _first_good(store, newest_first, folder, say)

    if here < recorded:
        _patiently(fetch, say, sleep)


def fetch_parent(
    store: ObjectStore,
    run: str,
    folder: Path,
    say: Say,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Brings what a fork begins from, unless it is here already. Waits for a store that is away."""

    def fetch() -> None:
        for name, key in store.parent_files(run).items():
            path = folder / name
            if not path.exists():
                path.parent.mkdir(parents=True, exist_ok=True)
                aside = path.with_suffix(".fetched.tmp")
                store.fetch(key, aside)
                aside.replace(path)
                say(f"fetched {name} of the run that this one continues")

    _patiently(fetch, say, sleep)


def _patiently(fetch: Callable[[], None], say: Say, sleep: Callable[[float], None]) -> None:
    """Until the store answers."""
    pause = 1.0
    while True:
        try:
            return fetch()
        except FilesUnreachable as error:
            say(f"warning: {error} The run waits; trying again in {pause:g} s.")
            sleep(pause)
            pause = min(LONGEST_PAUSE, 2 * pause)


def _first_good(store: ObjectStore, candidates: list[StoredObject], folder: Path, say: Say) -> None:
    for stored in candidates:
        path = folder / f"epoch-{stored.number:06d}.pt"
        aside = path.with_suffix(".fetched.tmp")
        try:
            store.fetch(stored.key, aside)
            if is_whole(aside):
                aside.replace(path)
                say(f"fetched the checkpoint of epoch {stored.number} from {store.url}")
                return
            say(
                f"warning: the stored checkpoint of epoch {stored.number}, attempt "
                f"{stored.attempt}, is damaged; trying the one before"
            )
        except FileNotFoundError:  # removed between the listing and now
            continue
        finally:
            aside.unlink(missing_ok=True)


def is_whole(path: Path) -> bool:
    """A checkpoint is a zip archive, whose end and sums tell a cut or changed one."""
    try:
        with zipfile.ZipFile(path) as archive:
            return archive.testzip() is None
    except Exception:  # zipfile, zlib and struct raise half a dozen kinds for damaged bytes
        return False
