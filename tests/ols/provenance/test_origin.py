"""What a process says of itself, of a real checkout and a real command."""

from __future__ import annotations

import json
import platform
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from ols.provenance import git
from ols.provenance.origin import driver_version, normalised, origin

SCRIPT = """
import json, sys
from ols.provenance.origin import stated_origin
print(json.dumps(stated_origin(True if "--code" in sys.argv else None)))
"""


def run(folder: Path, *arguments: str) -> str:
    command = ["git", "-C", str(folder), "-c", "user.name=me", "-c", "user.email=me@here"]
    return subprocess.run([*command, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with a script in it, all committed."""
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "train.py").write_text(SCRIPT)
    run(folder, "init", "--quiet", "--initial-branch", "main")
    run(folder, "add", ".")
    run(folder, "commit", "--quiet", "-m", "first")
    return folder


def test_the_commit_and_whether_tracked_files_were_changed(checkout: Path) -> None:
    commit = run(checkout, "rev-parse", "HEAD").strip()
    (checkout / "notes.txt").write_text("untracked files are data and results, no code that ran")
    assert git.git_state(checkout) == {"commit": commit, "branch": "main", "dirty": False}
    assert git.diff(checkout) == ""
    (checkout / "train.py").write_text(SCRIPT + "\npassword = 'hunter2'\n")
    run(checkout, "checkout", "--quiet", "--detach")
    assert git.git_state(checkout) == {"commit": commit, "branch": "", "dirty": True}
    assert "+password = 'hunter2'" in git.diff(checkout)


def test_no_checkout_and_no_git(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert git.git_state(tmp_path) is None
    monkeypatch.setenv("PATH", str(tmp_path))
    assert git.git_state(Path.cwd()) is None
    assert git.diff(Path.cwd()) == ""


def test_a_diff_of_too_many_bytes_is_said_instead(checkout: Path) -> None:
    (checkout / "train.py").write_text("x = 1\n" * (git.MOST_DIFF // 6))
    assert git.diff(checkout).startswith("The changes are 1,")


@pytest.mark.parametrize("asked", ["argument", "variable", "no"])
def test_a_script_from_elsewhere_says_its_own_code(
    checkout: Path, tmp_path: Path, asked: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (checkout / "train.py").write_text(SCRIPT + "api_key = 'hunter2'\n")
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[3]))
    monkeypatch.setenv("OLS_RECORD_CODE", "1" if asked == "variable" else "")
    command = [sys.executable, "../mine/train.py", "--token", "hunter2"]
    command += ["--code"] if asked == "argument" else []
    (tmp_path / "elsewhere").mkdir()
    done = subprocess.run(command, cwd=tmp_path / "elsewhere", capture_output=True, text=True)
    said = json.loads(done.stdout)
    assert said["git"]["commit"] == run(checkout, "rev-parse", "HEAD").strip()
    assert said["git"]["dirty"]
    assert "../mine/train.py --token" in said["command"]
    assert "hunter2" not in done.stdout
    assert ("+api_key = '***'" in said["changes"]) == (asked != "no")


def test_the_machine_and_the_packages() -> None:
    said = origin()
    assert said["python"] == platform.python_version()
    installed: dict[str, str] = {}
    for one in distributions():  # in the order of the path, which holds setuptools' own copies too
        installed.setdefault(normalised(one.name), one.version)
    assert installed.items() <= said["packages"].items()
    assert list(said["packages"]) == sorted(said["packages"])
    assert said["host"]


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        (
            "NVRM version: NVIDIA UNIX x86_64 Kernel Module  535.129.03  Thu Oct 19 18:56:32 UTC\n",
            "535.129.03",
        ),
        (
            "NVRM version: NVIDIA UNIX Open Kernel Module for x86_64  550.54.14  Release Build\n",
            "550.54.14",
        ),
        ("something else\n", ""),
    ],
)
def test_the_driver_as_its_kernel_module_says(tmp_path: Path, text: str, driver: str) -> None:
    file = tmp_path / "version"
    assert driver_version(file) == ""
    file.write_text(text)
    assert driver_version(file) == driver
