"""docs/add-a-method.md, carried out on a copy of the tree."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.docs.guides import ROOT, carry_out

METHOD = "poly_one"
SPEC_FILE = f"ols/spec/methods/{METHOD}.py"
CODE_FILE = f"ols/methods/{METHOD}.py"
TEST_FILE = f"tests/ols/methods/test_{METHOD}.py"
# What is asked of the files of every method, and of its criterion.
OF_THE_FILES = ("tests/ols/spec/test_choices.py", "tests/backend/core/test_palette.py")
OF_THE_CRITERION = (
    "tests/ols/methods/test_all_methods.py",
    "tests/ols/methods/test_method_references.py",
)


@pytest.fixture
def copy(tmp_path):
    """The tree with the guide's files."""
    without_caches = shutil.ignore_patterns("__pycache__")
    tests = ("tests/ols", "tests/support", "tests/backend/core")
    for folder in ("ols", "backend", "scripts", "benchmarks", *tests):
        shutil.copytree(ROOT / folder, tmp_path / folder, ignore=without_caches)
    for name in ("tests/__init__.py", "tests/backend/__init__.py"):
        shutil.copy(ROOT / name, tmp_path / name)
    assert carry_out(ROOT / "docs" / "add-a-method.md", tmp_path) == [
        SPEC_FILE,
        CODE_FILE,
        TEST_FILE,
    ]
    return tmp_path


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy), "OLS_TRAINER_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )


def run_tests(copy: Path, *files: str) -> subprocess.CompletedProcess[str]:
    """Those of them that are about the new method."""
    return run(copy, "-m", "pytest", "-q", "-k", METHOD, *files, "-p", "no:cacheprovider")


def test_three_files_add_a_method_that_trains_and_has_its_page(copy):
    tests = run_tests(copy, *OF_THE_FILES, *OF_THE_CRITERION, TEST_FILE)
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert int(re.search(r"(\d+) passed", tests.stdout).group(1)) >= 25
    command = ("-m", "ols", "train", "--method", METHOD, "--epochs", "1")
    trained = run(copy, *command, "--set", "method.epsilon=0.3")
    assert trained.returncode == 0, trained.stderr
    assert f"{METHOD} on digits" in trained.stdout
    code = f"from scripts.method_pages import pages; print(pages()['{METHOD}.md'])"
    page = run(copy, "-c", code)
    assert page.stdout.startswith("# Poly-1"), page.stderr


def test_what_is_missing_is_asked_for_in_words(copy):
    for file, line, instead in (
        (SPEC_FILE, '    title = "Poly-1"\n', ""),
        (SPEC_FILE, '    colour = "#486c90"\n', ""),
        (CODE_FILE, "def build", "def make"),
    ):
        text = (copy / file).read_text()
        assert line in text
        (copy / file).write_text(text.replace(line, instead))
    (copy / TEST_FILE).unlink()
    tests = run_tests(copy, *OF_THE_FILES)
    for words in (
        "give PolyOne its title",
        "PolyOne needs a colour that no other method has",
        "write colour = '#486c90' into ols.spec.methods.poly_one",
        "poly_one.py lacks `build`",
        f"needs the file {TEST_FILE}",
    ):
        assert words in tests.stdout
