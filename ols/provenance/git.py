"""The git checkout that holds a script: its commit, and what was changed since."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from typing_extensions import TypedDict

PATIENCE = 10.0  # seconds: `git status` reads a whole tree, maybe over a network
MOST_DIFF = 1_000_000  # bytes


class GitState(TypedDict):
    """`branch` is empty where no branch is checked out; `dirty`: tracked files were changed."""

    commit: str
    branch: str
    dirty: bool


def git_state(folder: Path) -> GitState | None:
    """None where the folder is in no checkout, or git is not there or does not answer."""
    commit = _git(folder, "rev-parse", "HEAD")
    if commit is None:
        return None
    changes = _git(folder, "status", "--porcelain", "--untracked-files=no")
    branch = _git(folder, "symbolic-ref", "--short", "--quiet", "HEAD")
    return {
        "commit": commit.strip(),
        "branch": (branch or "").strip(),
        "dirty": bool(changes and changes.strip()),
    }


def diff(folder: Path) -> str:
    """What was changed in tracked files since the commit; empty where nothing was, and a sentence
    where it is longer than MOST_DIFF."""
    text = _git(folder, "diff", "HEAD", "--no-color", "--no-ext-diff") or ""
    size = len(text.encode())
    if size > MOST_DIFF:
        return f"The changes are {size:,} bytes long; at most {MOST_DIFF:,} are kept.\n"
    return text


def _git(folder: Path, *arguments: str) -> str | None:
    """What git says; None where it fails. It asks nobody for a password and takes no lock."""
    environment = {**os.environ, "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    try:
        done = subprocess.run(
            ["git", "-C", str(folder), *arguments],
            capture_output=True,
            timeout=PATIENCE,
            env=environment,
            check=True,
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode(errors="replace")
