"""What `pip install '.[train]'` brings: the library alone."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    source = folder / "source"  # a build leaves folders behind
    subprocess.run(["git", "clone", "-q", str(ROOT), str(source)], check=True)
    command = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "-w", str(folder), str(source)], check=True)
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        yield archive


@pytest.mark.slow
def test_the_wheel_holds_ols_alone(wheel):
    tops = {name.split("/")[0] for name in wheel.namelist()}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"ols"}
    assert "ols/methods/analytic_loss.py" in wheel.namelist()
    assert "ols/spec/models/timm_networks.tsv" in wheel.namelist()


def file_of(wheel, name):
    path = next(path for path in wheel.namelist() if path.endswith(f".dist-info/{name}"))
    return wheel.read(path).decode()


def test_it_carries_the_version_and_the_command(wheel):
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert Parser().parsestr(file_of(wheel, "METADATA"))["Version"] == project["version"]
    assert "ols = ols.__main__:main" in file_of(wheel, "entry_points.txt")


def test_its_needs(wheel):
    needs = Parser().parsestr(file_of(wheel, "METADATA")).get_all("Requires-Dist")
    base = {re.match(r"[\w-]+", need)[0] for need in needs if "extra ==" not in need}
    assert base == {"numpy", "pydantic"}
    train = {re.match(r"[\w-]+", need)[0] for need in needs if 'extra == "train"' in need}
    assert {"torch", "torchvision"} <= train
    assert not train & {"fastapi", "celery", "sqlalchemy", "plotly"}
