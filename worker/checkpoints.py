"""A folder of checkpoints for each attempt at a run.

A worker that was cut off may still have a trainer that writes; in a folder of its own it can't
write over its successor, which starts from hard links to what it had.
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def attempt_folder(base: Path, attempt: int) -> Path:
    """The attempt's folder below `base`, holding the newest earlier attempt's checkpoints.

    Earlier attempts' folders are removed: the links keep what is needed.
    """
    own = base / _name(attempt)
    own.mkdir(parents=True, exist_ok=True)
    earlier = sorted(folder for folder in base.glob("attempt-*") if folder.name < own.name)
    for folder in reversed(earlier):
        if found := list(folder.glob("*.pt")):
            for path in found:
                _link(path, own / path.name)
            break
    for folder in earlier:
        shutil.rmtree(folder, ignore_errors=True)
    return own


def _name(attempt: int) -> str:
    return f"attempt-{attempt:06d}"  # sorts by number


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        return
    except FileNotFoundError:  # its trainer, not quite dead, has just removed an old one
        return
    except OSError:  # a file system without hard links
        shutil.copy2(source, target)
