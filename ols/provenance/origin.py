"""Facts of this process that explain a run's numbers months later. No method of it raises."""

from __future__ import annotations

import os
import platform
import re
import shlex
import socket
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

from typing_extensions import TypedDict

from ols.provenance.git import GitState, diff, git_state
from ols.provenance.masking import masked_command, masked_text

RECORD_CODE = "OLS_RECORD_CODE"
_DRIVER = Path("/proc/driver/nvidia/version")


class Facts(TypedDict):
    """Of one process. `driver` is NVIDIA's, empty without one; `packages` are those installed."""

    command: str
    host: str
    platform: str
    python: str
    driver: str
    git: GitState | None
    packages: dict[str, str]


def origin() -> Facts:
    """Of this process; takes up to a second, most of it git's."""
    return {
        "command": shlex.join(masked_command(_command())),
        "host": socket.gethostname(),
        "platform": platform.platform(),
        "python": platform.python_version(),
        "driver": driver_version(),
        "git": git_state(code_folder()),
        "packages": packages(),
    }


def stated_origin(code: bool | None = None) -> dict[str, Any]:
    """What a logged run says of itself: `origin`, and as `changes` what `code_changes` says."""
    return {**origin(), "changes": code_changes(code)}


def code_folder() -> Path:
    """Where the script lies; of a notebook or a module, where it was started."""
    script = Path(sys.argv[0] if sys.argv else "")
    is_script = script.suffix == ".py" and script.is_file() and "site-packages" not in script.parts
    return script.resolve().parent if is_script else Path.cwd()


def code_changes(wanted: bool | None = None) -> str:
    """The diff of tracked files with its secrets masked, where it was asked for: by the argument,
    else by OLS_RECORD_CODE=1."""
    if wanted is None:
        wanted = os.environ.get(RECORD_CODE, "").lower() in ("1", "true", "yes", "on")
    return masked_text(diff(code_folder())) if wanted else ""


def packages() -> dict[str, str]:
    """The versions of all installed packages, by normalised name; the first on the path counts.

    As their folders are called (PEP 427): importlib.metadata parses a file per package, which costs
    the loop beside it 160 ms of the processor where 200 are installed.
    """
    versions: dict[str, str] = {}
    for folder in sys.path:
        with suppress(OSError):
            for entry in Path(folder or ".").glob("*-*.dist-info"):
                name, _, version = entry.name.removesuffix(".dist-info").partition("-")
                versions.setdefault(normalised(name), version)
    return dict(sorted(versions.items()))


def normalised(name: str) -> str:
    """A package's name in the one spelling that pip compares (PEP 503)."""
    return re.sub(r"[-_.]+", "-", name).lower()


def driver_version(file: Path = _DRIVER) -> str:
    """NVIDIA's kernel module, as it says itself; empty without one."""
    try:
        first = file.read_text().partition("\n")[0]
    except OSError:
        return ""
    found = re.search(r"Module\b.*?\s(\d+\.[\d.]+)", first)
    return found[1] if found else ""


def _command() -> list[str]:
    """As it was typed, `python -m` included."""
    words = getattr(sys, "orig_argv", None) or sys.argv
    return [Path(words[0]).name, *words[1:]] if words else []
