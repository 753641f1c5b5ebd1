"""A folder of checkpoints for each attempt at a run.

A worker that was cut off may still have a trainer that writes; in a folder of its own it cannot
overwrite its successor's files, which start as hard links to its own.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def attempt_folder(base: Path, attempt: int, recorded: int | None = None) -> Path:
    """The attempt's folder below `base`, holding the newest earlier attempt's checkpoints.

    Those beyond epoch `recorded` are left behind: an attempt on another machine resumed from an
    earlier one since, so resuming here would leave epochs out of the database. Earlier attempts'
    folders are removed: the links keep what is needed.
    """
    own = base / attempt_name(attempt)
    own.mkdir(parents=True, exist_ok=True)
    earlier = sorted(folder for folder in base.glob("attempt-*") if folder.name < own.name)
    for folder in reversed(earlier):
        if checkpoints := list_checkpoints(folder):
            for path in checkpoints:
                if recorded is None or epoch_of(path) <= recorded:
                    _link(path, own / path.name)
            break
    for folder in earlier:
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
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except FileNotFoundError:  # its trainer, not quite dead, has just removed an old one
        return
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
