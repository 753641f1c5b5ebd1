"""A folder of checkpoints for each attempt at a run.

A worker that was cut off may still have a trainer that writes; in a folder of its own it cannot
overwrite its successor's files, which start as hard links to its own.
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

from backend.core.hard_links import link_or_copy


def attempt_folder(base: Path, attempt: int, recorded: int | None = None) -> Path:
    """The attempt's folder below `base`, with another attempt's checkpoints up to `recorded`.

    Later ones are left behind: to resume beyond what the database has would leave epochs out of it.
    Another machine's attempt may have resumed from an earlier epoch since, or the database was
    restored from a backup, when it counts attempts again. The other attempts' folders are removed:
    the links keep what is needed.
    """
    own = base / attempt_name(attempt)
    if own.exists():  # from before the backup was restored
        own.rename(own.with_name(f"{own.name}.before"))
    own.mkdir(parents=True)
    others = [folder for folder in base.glob("attempt-*") if folder != own]
    for folder in sorted(others, reverse=True):
        paths = list_checkpoints(folder)
        if usable := [path for path in paths if recorded is None or epoch_of(path) <= recorded]:
            for path in usable:
                _link(path, own / path.name)
            break
    for folder in others:
        shutil.rmtree(folder, ignore_errors=True)
    return own


def attempt_name(attempt: int) -> str:
    """The name of an attempt's folder; sorts by number."""
    return f"attempt-{attempt:06d}"


def list_checkpoints(folder: Path) -> list[Path]:
    """All checkpoints of a folder, oldest first."""
    return sorted(folder.glob("epoch-*.pt"))


def epoch_of(path: Path) -> int:
    """`epoch-000012.pt` -> 12"""
    return int(path.stem.removeprefix("epoch-"))


def _link(source: Path, target: Path) -> None:
    # Not found: its trainer, not quite dead, has just removed an old one.
    with contextlib.suppress(FileExistsError, FileNotFoundError):
        link_or_copy(source, target)
