"""docs/add-a-method.md, carried out on a copy of the tree."""

from __future__ import annotations

import re

import pytest

from tests.docs.guides import ROOT, carry_out, copy_parts, run

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


# All that is promised, in one process.
CHECKS = f"""
import sys
import pytest
assert pytest.main(sys.argv[1:]) == 0
from ols.__main__ import main
command = ["train", "--method", "{METHOD}", "--epochs", "1", "--set", "method.epsilon=0.3"]
assert main(command) == 0
from scripts.method_pages import pages
print(pages()["{METHOD}.md"])
"""


@pytest.fixture
def copy(tmp_path):
    """The tree with the guide's files."""
    tests = ("tests/ols", "tests/support", "tests/backend/core")
    inits = ("tests/__init__.py", "tests/backend/__init__.py")
    copy_parts(tmp_path, "ols", "backend", "worker", "scripts", "benchmarks", *tests, *inits)
    assert carry_out(ROOT / "docs" / "add-a-method.md", tmp_path) == [
        SPEC_FILE,
        CODE_FILE,
        TEST_FILE,
    ]
    return tmp_path


def of_the_method(*files):
    """pytest's arguments for those tests that are about the new method."""
    return ("-q", "-k", METHOD, *files, "-p", "no:cacheprovider")


def test_three_files_add_a_method_that_trains_and_has_its_page(copy):
    tests = of_the_method(*OF_THE_FILES, *OF_THE_CRITERION, TEST_FILE)
    done = run(copy, "-c", CHECKS, *tests)
    assert done.returncode == 0, done.stdout + done.stderr
    assert int(re.search(r"(\d+) passed", done.stdout).group(1)) >= 25
    assert f"{METHOD} on digits" in done.stdout
    assert "\n# Poly-1" in done.stdout


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
    tests = run(copy, "-m", "pytest", *of_the_method(*OF_THE_FILES))
    for words in (
        "give PolyOne its title",
        "PolyOne needs a colour that no other method has",
        "write colour = '#486c90' into ols.spec.methods.poly_one",
        "poly_one.py lacks `build`",
        f"needs the file {TEST_FILE}",
    ):
        assert words in tests.stdout
