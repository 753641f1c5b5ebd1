"""What a package imports, its extra installs: images and fresh clones have nothing else."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = {"ols", "worker", "backend", "scripts", "tests"}
# Installed by what they are a core of (S3FS brings fsspec itself).
CORES = {
    "starlette": "fastapi",
    "anyio": "fastapi",
    "kombu": "celery",
    "mcp_types": "mcp",
    "pydantic_core": "pydantic",
    "markupsafe": "jinja2",
    "h11": "uvicorn",
    "typing_extensions": "pydantic",
}


def installed_by(extras: tuple[str, ...]) -> set[str]:
    """Names of distributions, lower case with minus."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lists = [project["dependencies"], *(project["optional-dependencies"][e] for e in extras)]
    return {_name(re.split(r"[\[><=!~ ]", line)[0]) for lines in lists for line in lines}


def imported_by(folder: str) -> set[str]:
    """Top-level modules of others, wherever in the files they are imported."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
                found.add(node.module.split(".")[0])
    return found - OURS - sys.stdlib_module_names


def _name(text: str) -> str:
    return text.lower().replace("_", "-")


@pytest.mark.parametrize(
    ("folder", "extras"),
    [
        (
            "ols",
            (
                "train",
                "search",
                "client",
                "parquet",
                "figures",
                "import",
                "lightning",
                "timm",
                "autoattack",
            ),
        ),
        ("backend", ("web", "s3", "agents", "notify")),
        ("worker", ("worker", "train", "search", "s3")),
    ],
)
def test_an_extra_installs_what_its_package_imports(folder: str, extras: tuple[str, ...]) -> None:
    known, providers = installed_by(extras), packages_distributions()
    missing = {
        module
        for module in imported_by(folder)
        if not {_name(name) for name in providers.get(CORES.get(module, module), [module])} & known
    }
    assert not missing


def test_every_requirement_is_locked() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    locked = {_name(line.split("==")[0]) for line in lines if "==" in line}
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"][
        "optional-dependencies"
    ]
    assert installed_by(tuple(extras)) <= locked
