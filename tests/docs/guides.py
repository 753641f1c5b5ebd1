"""Guides that are carried out as they stand: their steps name files where a reader sees them.

    New file `backend/pages/datasets.py`:
    In `backend/pages/routes.py`, below `PAGES = (`:
    In `backend/pages/routes.py`, at the end:

each before a block of code. They are carried out on a copy of the tree.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]

_STEP = re.compile(
    r"^(?:New file `(?P<new>[^`]+)`|In `(?P<old>[^`]+)`, "
    r"(?:below (?P<first>the first )?`(?P<line>[^`]+)`|at the end)):\n\n"
    r"```\w*\n(?P<code>.*?)```$",
    re.DOTALL | re.MULTILINE,
)


def carry_out(guide: Path, copy: Path) -> list[str]:
    """Applies every step to the copy of the tree; the files it made or changed, in its order."""
    files = []
    for step in _STEP.finditer(guide.read_text()):
        name, code = step["new"] or step["old"], step["code"]
        path = copy / name
        if step["new"]:
            assert not path.exists(), name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(code)
        elif step["line"]:
            before, line, after = path.read_text().partition(f"{step['line']}\n")
            assert line, f"{name} has no line that ends in {step['line']!r}"
            assert step["first"] or line not in after, (
                f"{name} has several lines that end in {step['line']!r}"
            )
            path.write_text(before + line + code + after)
        else:
            path.write_text(f"{path.read_text()}\n\n{code}")
        files.append(name)
    blocks = guide.read_text().count("\n```") // 2
    assert len(files) == blocks, f"{guide.name} has {blocks} blocks of code and {len(files)} steps"
    return files


def copy_parts(copy: Path, *names: str) -> None:
    """These folders and files, with what Python has compiled of them; but not what another process
    is about to rename."""
    half_written = shutil.ignore_patterns("*.pyc.*")
    for name in names:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, copy / name, ignore=half_written)
        else:
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, copy / name)


def run(copy: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """Python in the copy."""
    environment = {**os.environ, "PYTHONPATH": str(copy), "OLS_TRAINER_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )
