"""docs/add-a-metric.md, carried out on a copy of the tree."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.docs.guides import ROOT, carry_out, copy_parts, run

pytestmark = pytest.mark.slow


def test_the_steps_add_a_metric_that_every_page_shows(tmp_path: Path) -> None:
    code = ("backend", "frontend", "ols", "worker", "scripts", "pyproject.toml")
    tests = ("__init__.py", "conftest.py", "backend", "ols", "support")
    copy_parts(tmp_path, *code, *(f"tests/{name}" for name in tests))
    files = carry_out(ROOT / "docs" / "add-a-metric.md", tmp_path)
    assert sorted(set(files)) == [
        "ols/measures/evaluation.py",
        "ols/spec/metrics.py",
        "tests/ols/measures/test_confidence.py",
    ]

    copy_parts(tmp_path, "tests/docs/__init__.py", "tests/docs/confidence_in_the_lab.py")
    shutil.copy(ROOT / "tests/backend/conftest.py", tmp_path / "tests/docs/conftest.py")
    tests = (
        "tests/ols/measures/test_confidence.py",
        "tests/ols/spec/test_metrics.py",
        "tests/ols/spec/test_one_catalogue.py",
        "tests/docs/confidence_in_the_lab.py",
    )
    ran = run(tmp_path, "-m", "pytest", "-o", "addopts=", *tests, "-p", "no:cacheprovider")
    assert ran.returncode == 0, ran.stdout + ran.stderr

    changed = [name for name in files if name.endswith(".py")]
    linted = run(tmp_path, "-m", "ruff", "check", "--no-cache", *changed)
    assert linted.returncode == 0, linted.stdout
