"""What an image holds of this machine's packages: what its extras install, and nothing else.

An environment that holds every extra hides what one of them lacks. So the closure of the extras is
worked out from the metadata of the installed distributions, as pip would, and a `sitecustomize`
hides whatever lies outside it.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, packages_distributions, requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]

# Python runs it before anything else.
_SITECUSTOMIZE = '''\
import sys

OUTSIDE = frozenset(%r)


class Inside:
    """A finder that finds nothing outside the image, as if it were not installed."""

    def __init__(self, finder):
        self.finder = finder

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in OUTSIDE:
            return None
        return self.finder.find_spec(name, path, target)

    def __getattr__(self, name):
        return getattr(self.finder, name)


sys.meta_path[:] = map(Inside, sys.meta_path)
'''


def closure(extras: Iterable[str]) -> set[str]:
    """Canonical names of the distributions that `pip install '.[extras]'` brings."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = [*project["dependencies"]]
    for extra in extras:
        lines += project["optional-dependencies"][extra]
    installed: set[str] = set()
    waiting = [Requirement(line) for line in lines]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        if (name, frozenset(requirement.extras)) in seen:
            continue
        seen.add((name, frozenset(requirement.extras)))
        try:
            needs = requires(name) or []
        except PackageNotFoundError:
            continue  # of another platform
        installed.add(name)
        waiting += [
            need
            for need in map(Requirement, needs)
            if need.marker is None
            or any(need.marker.evaluate({"extra": extra}) for extra in ("", *requirement.extras))
        ]
    return installed


def modules_outside(extras: Iterable[str]) -> set[str]:
    """Top-level modules that are installed here and that none of these extras brings."""
    inside = closure(extras)
    return {
        module
        for module, names in packages_distributions().items()
        if not {canonicalize_name(name) for name in names} & {*inside, "ols-lab"}
    }


def with_only(extras: Iterable[str], folder: Path) -> dict[str, str]:
    """The environment of a process that can import no more than this checkout and these extras'
    packages; made in the new folder `site` in `folder`."""
    path = os.pathsep.join([str(write_sitecustomize(folder / "site", extras)), str(ROOT)])
    return {**os.environ, "PYTHONPATH": path}


def write_sitecustomize(folder: Path, extras: Iterable[str]) -> Path:
    """Makes a folder for PYTHONPATH below which only these extras' packages can be imported."""
    folder.mkdir()
    text = _SITECUSTOMIZE % sorted(modules_outside(extras))
    (folder / "sitecustomize.py").write_text(text)
    return folder
