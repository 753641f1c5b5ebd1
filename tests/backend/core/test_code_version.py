"""Which code a process runs: a hash of what the web service and its workers share."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from backend.core.code_version import (
    CODE,
    PACKAGE,
    code_version,
    differs,
    fingerprint,
    words,
)

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    for name in ("ols/spec/run_spec.py", "backend/store/tables/runs.py", "backend/pages/run.py"):
        path = tmp_path / name
        path.parent.mkdir(parents=True)
        path.write_text("x = 1\n")
    return tmp_path


@pytest.mark.parametrize("shared", ["ols/spec/run_spec.py", "backend/store/tables/runs.py"])
def test_a_change_of_the_shared_code_is_another_version(tree: Path, shared: str) -> None:
    before = fingerprint(tree)
    (tree / shared).write_text("x = 2\n")
    assert fingerprint(tree) != before


def test_a_file_that_moves_is_another_version(tree: Path) -> None:
    before = fingerprint(tree)
    (tree / "ols/spec/run_spec.py").rename(tree / "ols/specs.py")
    assert fingerprint(tree) != before


def test_what_only_one_side_has_does_not_count(tree: Path) -> None:
    before = fingerprint(tree)
    (tree / "backend/pages/run.py").write_text("x = 2\n")
    (tree / "ols/__pycache__").mkdir()
    (tree / "ols/__pycache__/spec.pyc").write_bytes(b"1")
    assert fingerprint(tree) == before


def test_another_process_of_this_checkout_runs_the_same() -> None:
    say = "from backend.core.code_version import *; print(words(code_version()))"
    said = subprocess.run(
        [sys.executable, "-c", say], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert said.stdout.strip() == words(code_version())


def test_who_reports_nothing_is_not_known_to_differ() -> None:
    ours = code_version()
    assert not differs({})
    assert not differs({**ours, "torch": "2"})
    assert differs({PACKAGE: ours[PACKAGE]}), "older than the report of the code"
    assert differs({**ours, CODE: "0"})
