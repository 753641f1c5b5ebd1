"""docs/add-a-page.md, carried out on a copy of the tree."""

from __future__ import annotations

import re
import sys
from pathlib import Path

from tests.docs.guides import ROOT, carry_out, copy_parts, run


def test_the_steps_add_a_page_that_is_served_and_linked(tmp_path: Path) -> None:
    code = ("backend", "frontend", "ols", "worker", "pyproject.toml")
    tests = ("__init__.py", "conftest.py", "backend", "support", "browser/test_access.py")
    copy_parts(tmp_path, *code, *(f"tests/{name}" for name in tests))
    files = carry_out(ROOT / "docs" / "add-a-page.md", tmp_path)
    assert len(files) == 7

    tests = ["tests/backend/pages/test_datasets.py", "tests/backend/pages/test_templates.py"]
    ran = run(tmp_path, "-m", "pytest", "-o", "addopts=", *tests, "-p", "no:cacheprovider")
    assert ran.returncode == 0, ran.stdout + ran.stderr
    counted = re.search(r"(\d+) passed", ran.stdout)
    assert counted is not None
    assert int(counted[1]) > 40, "the copy's tests of all templates know the new one"

    changed = [name for name in files if name.endswith(".py")]
    linted = run(tmp_path, "-m", "ruff", "check", "--no-cache", *changed)
    assert linted.returncode == 0, linted.stdout
    floors = Path(sys.executable).with_name("lint-imports")
    kept = run(tmp_path, floors, "--no-logo", "--no-cache")
    assert kept.returncode == 0, kept.stdout
