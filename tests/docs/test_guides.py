"""docs/add-a-method.md, add-a-metric.md and add-a-page.md, carried out on one copy of the tree."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.docs.guides import ROOT, carry_out, copy_parts, run

METHOD = "poly_one"
SPEC_FILE = f"ols/spec/methods/{METHOD}.py"
CODE_FILE = f"ols/methods/{METHOD}.py"
METHOD_FILES = [SPEC_FILE, CODE_FILE, f"tests/ols/methods/test_{METHOD}.py"]
METRIC_FILES = [
    "ols/measures/evaluation.py",
    "ols/spec/metrics.py",
    "tests/ols/measures/test_confidence.py",
]
CODE = ("backend", "benchmarks", "frontend", "ols", "scripts", "worker", "pyproject.toml")
TESTS = ("__init__.py", "conftest.py", "backend", "browser/test_access.py", "ols", "support")
# What is asked of the files of every method, and of its criterion.
OF_THE_FILES = ("tests/ols/spec/test_choices.py", "tests/backend/core/test_palette.py")
OF_THE_CRITERION = (
    "tests/ols/methods/test_all_methods.py",
    "tests/ols/methods/test_method_references.py",
)
OF_THE_METRIC = (
    "tests/ols/measures/test_confidence.py",
    "tests/ols/spec/test_metrics.py",
    "tests/ols/spec/test_one_catalogue.py",
    "tests/docs/confidence_in_the_lab.py",
)
OF_THE_PAGE = ("tests/backend/pages/test_datasets.py", "tests/backend/pages/test_templates.py")
PYTEST = ("-o", "addopts=", "-p", "no:cacheprovider", "-rA")

# All that is promised, in one process.
CHECKS = f"""
import pytest
options = {PYTEST}
of_the_method = {(*OF_THE_FILES, *OF_THE_CRITERION, METHOD_FILES[-1])}
assert pytest.main([*options, "-k", "{METHOD}", *of_the_method]) == 0
assert pytest.main([*options, *{OF_THE_METRIC + OF_THE_PAGE}]) == 0
from ols.__main__ import main
command = ["train", "--method", "{METHOD}", "--epochs", "1", "--set", "method.epsilon=0.3"]
assert main(command) == 0
from scripts.method_pages import pages
print(pages()["{METHOD}.md"])
"""


class Guided(NamedTuple):
    """A copy of the tree with what the guides add, and the files of each, in its order."""

    tree: Path
    files: dict[str, list[str]]


pytestmark = pytest.mark.usefixtures("checked")  # before the last test breaks the copy


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Guided:
    tree = tmp_path_factory.mktemp("copy")
    copy_parts(tree, *CODE, *(f"tests/{name}" for name in TESTS))
    files = {
        name: carry_out(ROOT / "docs" / f"add-a-{name}.md", tree)
        for name in ("method", "metric", "page")
    }
    copy_parts(tree, "tests/docs/__init__.py", "tests/docs/confidence_in_the_lab.py")
    shutil.copy(ROOT / "tests/backend/conftest.py", tree / "tests/docs/conftest.py")
    return Guided(tree, files)


@pytest.fixture(scope="module")
def checked(copy: Guided) -> subprocess.CompletedProcess[str]:
    done = run(copy.tree, "-c", CHECKS)
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def passed(checked: subprocess.CompletedProcess[str], *files: str) -> int:
    """How many tests of these files."""
    return len(re.findall(rf"^PASSED (?:{'|'.join(files)})::", checked.stdout, re.MULTILINE))


def test_three_files_add_a_method_that_trains_and_has_its_page(
    copy: Guided, checked: subprocess.CompletedProcess[str]
) -> None:
    assert copy.files["method"] == METHOD_FILES
    named = re.findall(rf"^PASSED .*{METHOD}", checked.stdout, re.MULTILINE)
    assert len(named) >= 25
    assert passed(checked, METHOD_FILES[-1])
    assert f"{METHOD} on digits" in checked.stdout
    assert "\n# Poly-1" in checked.stdout


def test_the_steps_add_a_metric_that_every_page_shows(
    copy: Guided, checked: subprocess.CompletedProcess[str]
) -> None:
    assert sorted(set(copy.files["metric"])) == METRIC_FILES
    for file in OF_THE_METRIC:
        assert passed(checked, file), file


def test_the_steps_add_a_page_that_is_served_and_linked(
    copy: Guided, checked: subprocess.CompletedProcess[str]
) -> None:
    assert len(copy.files["page"]) == 7
    served, templates = (passed(checked, file) for file in OF_THE_PAGE)
    assert served
    assert templates > 40, "the copy's tests of all templates know the new one"
    floors = Path(sys.executable).with_name("lint-imports")
    kept = run(copy.tree, floors, "--no-logo", "--no-cache")
    assert kept.returncode == 0, kept.stdout


def test_what_they_add_passes_the_linter(copy: Guided) -> None:
    changed = {name for files in copy.files.values() for name in files if name.endswith(".py")}
    linted = run(copy.tree, "-m", "ruff", "check", "--no-cache", *changed)
    assert linted.returncode == 0, linted.stdout


def test_what_is_missing_is_asked_for_in_words(copy: Guided) -> None:
    for file, line, instead in (
        (SPEC_FILE, '    title = "Poly-1"\n', ""),
        (SPEC_FILE, '    colour = "#486c90"\n', ""),
        (CODE_FILE, "def build", "def make"),
    ):
        text = (copy.tree / file).read_text()
        assert line in text
        (copy.tree / file).write_text(text.replace(line, instead))
    (copy.tree / METHOD_FILES[-1]).unlink()
    tests = run(copy.tree, "-m", "pytest", *PYTEST, "-k", METHOD, *OF_THE_FILES)
    for words in (
        "give PolyOne its title",
        "PolyOne needs a colour that no other method has",
        "write colour = '#486c90' into ols.spec.methods.poly_one",
        "poly_one.py lacks `build`",
        f"needs the file {METHOD_FILES[-1]}",
    ):
        assert words in tests.stdout
