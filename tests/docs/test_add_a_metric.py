"""docs/add-a-metric.md, carried out on a copy of the tree."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.guides import ROOT, carry_out

pytestmark = pytest.mark.slow


def test_the_steps_add_a_metric_that_every_page_shows(tmp_path: Path) -> None:
    without_caches = shutil.ignore_patterns("__pycache__")
    code = ("backend", "frontend", "ols", "worker", "scripts")
    for folder in (*code, "tests/backend", "tests/ols", "tests/support"):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=without_caches)
    for name in ("pyproject.toml", "tests/__init__.py", "tests/conftest.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    files = carry_out(ROOT / "docs" / "add-a-metric.md", tmp_path)
    assert sorted(set(files)) == [
        "ols/measures/evaluation.py",
        "ols/spec/metrics.py",
        "tests/ols/measures/test_confidence.py",
    ]

    for name in ("__init__.py", "confidence_in_the_lab.py"):
        (tmp_path / "tests/docs").mkdir(exist_ok=True)
        shutil.copy(ROOT / "tests/docs" / name, tmp_path / "tests/docs" / name)
    shutil.copy(ROOT / "tests/backend/conftest.py", tmp_path / "tests/docs/conftest.py")
    tests = (
        "tests/ols/measures/test_confidence.py",
        "tests/ols/spec/test_metrics.py",
        "tests/ols/spec/test_one_catalogue.py",
        "tests/docs/confidence_in_the_lab.py",
    )
    ran = _run(tmp_path, "-m", "pytest", "-o", "addopts=", *tests, "-p", "no:cacheprovider")
    assert ran.returncode == 0, ran.stdout + ran.stderr

    changed = [name for name in files if name.endswith(".py")]
    linted = _run(tmp_path, "-m", "ruff", "check", "--no-cache", *changed)
    assert linted.returncode == 0, linted.stdout


def _run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy), "OLS_TRAINER_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )
