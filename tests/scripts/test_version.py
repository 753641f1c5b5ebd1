"""One version: pyproject.toml states it, and the commands, the changelog and every page say it."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from typing import Any

import pytest

import ols
import ols.version
from backend.pages.shared.context import ErrorPage
from backend.pages.shared.render import html

ROOT = Path(__file__).parents[2]
RELEASE = re.compile(r"^## (\d+\.\d+\.\d+)\b.*$", re.M)


def stated() -> str:
    version: str = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    return version


@pytest.mark.parametrize(
    ("package", "name"), [("ols", "ols"), ("backend", "OLS Lab")], ids=["ols", "backend"]
)
def test_a_command_says_its_version(package: str, name: str) -> None:
    command = [sys.executable, "-m", package, "--version"]
    answer = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 0
    assert answer.stdout == f"{name} {ols.__version__}\n"


def test_the_foot_of_a_page_says_the_version() -> None:
    page = html(ErrorPage(queue=None, status=404, title="Nothing here", message="No such run."))
    foot = re.search(r'<footer class="foot">(.*?)</footer>', page, re.S)
    assert foot is not None
    assert f"OLS Lab {ols.__version__}" in foot[1]


def test_sources_that_were_not_installed_have_no_known_version(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def nothing(_name: str) -> Any:
        raise PackageNotFoundError

    monkeypatch.setattr(ols.version, "version", nothing)
    assert ols.version.installed_version() == "unknown"


def test_the_changelog_lists_releases_newest_first() -> None:
    releases = RELEASE.findall((ROOT / "CHANGELOG.md").read_text())
    numbers = [tuple(map(int, release.split("."))) for release in releases]
    assert numbers == sorted(set(numbers), reverse=True)
    assert releases[0] == stated(), "the changelog and pyproject.toml name different releases"
