"""docs/add-a-method.md, carried out on a copy of the package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "add-a-method.md"
STEP = re.compile(r'<!-- (\w+) (\S+)(?: "(.*?)")? -->\n```(?:python)?\n(.*?)```', re.DOTALL)


def carry_out(copy: Path) -> list[str]:
    """Applies every block of the page; what was done, in its order."""
    done = []
    for verb, name, place, code in STEP.findall(PAGE.read_text()):
        path = copy / name
        if verb == "create":
            assert not path.exists()
            path.write_text(code)
        elif verb == "append":
            path.write_text(path.read_text() + "\n\n" + code)
        else:
            place = place.replace('\\"', '"').replace("\\n", "\n")
            text = path.read_text()
            assert text.count(place) == 1, (name, place)
            end = text.index("\n", text.index(place) + len(place)) + 1
            path.write_text(text[:end] + code + text[end:])
        done.append(f"{verb} {name}")
    return done


def run(copy: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": str(copy), "OLS_TRAINER_THREADS": "1"}
    return subprocess.run(
        [sys.executable, *arguments], cwd=copy, env=environment, capture_output=True, text=True
    )


def test_the_four_steps_add_a_method_that_trains(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "ols", tmp_path / "ols", ignore=ignored)
    (tmp_path / "tests" / "ols").mkdir(parents=True)
    for name in ("__init__.py", "ols/__init__.py", "ols/conftest.py", "ols/reference.py"):
        shutil.copy(ROOT / "tests" / name, tmp_path / "tests" / name)
    for name in ("test_methods.py", "test_all_methods.py", "test_trainer.py", "test_catalogue.py"):
        shutil.copy(ROOT / "tests" / "ols" / name, tmp_path / "tests" / "ols" / name)
    assert len(carry_out(tmp_path)) == 8
    chosen = "confidence_penalty or agree or help_for_every or titles or every_stateful"
    tests = run(tmp_path, "-m", "pytest", "-q", "-k", chosen, "tests/ols", "-p", "no:cacheprovider")
    assert tests.returncode == 0, tests.stdout + tests.stderr
    assert int(re.search(r"(\d+) passed", tests.stdout).group(1)) >= 12
    command = ("-m", "ols", "train", "--method", "confidence_penalty", "--epochs", "1")
    trained = run(tmp_path, *command, "--set", "method.beta=0.3")
    assert trained.returncode == 0, trained.stderr
    assert "confidence_penalty on digits" in trained.stdout
