"""Commands of other programs, as scripts in a folder that goes before the others on PATH."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def pretend(monkeypatch: pytest.MonkeyPatch, folder: Path, **scripts: str) -> None:
    """Puts shell scripts of these names before the machine's own commands."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, script in scripts.items():
        path = folder / name
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")
