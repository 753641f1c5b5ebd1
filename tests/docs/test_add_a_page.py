"""docs/add-a-page.md, carried out on a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.docs.guides import ROOT, carry_out


def test_the_steps_add_a_page_that_is_served_and_linked(tmp_path: Path) -> None:
    without_caches = shutil.ignore_patterns("__pycache__", "browser")
    for folder in ("backend", "frontend", "ols", "worker", "tests/backend", "tests/support"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=without_caches)
    (tmp_path / "tests/browser").mkdir()
    roots = ("pyproject.toml", "tests/__init__.py", "tests/conftest.py")
    for name in (*roots, "tests/browser/test_access.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    files = carry_out(ROOT / "docs" / "add-a-page.md", tmp_path)
    assert len(files) == 7

    tests = ["tests/backend/pages/test_datasets.py", "tests/backend/pages/test_templates.py"]
    ran = _run(tmp_path, "-m", "pytest", "-o", "addopts=", *tests, "-p", "no:cacheprovider")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counted = re.search(r"(\d+) passed", ran.stdout)
    assert counted is not None
    assert int(counted[1]) > 40, "the copy's tests of all templates know the new one"

    changed = [name for name in files if name.endswith(".py")]
    linted = _run(tmp_path, "-m", "ruff", "check", "--no-cache", *changed)
    assert linted.returncode == 0, linted.stdout
    floors = [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"]
    kept = subprocess.run(floors, cwd=tmp_path, env=_path(tmp_path), capture_output=True, text=True)
    assert kept.returncode == 0, kept.stdout


def _path(copy: Path) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(copy)}


def _run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=_path(copy), capture_output=True, text=True
    )
