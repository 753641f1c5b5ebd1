"""Where runs come from, in words: commits shortened, fields by their titles."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from backend.schemas.compare import Difference
from ols.provenance.git import GitState

_TITLES = {
    "git.commit": "Commit",
    "git.dirty": "Uncommitted changes",
    "precision": "Precision",
    "python": "Python",
    "driver": "NVIDIA driver",
    "platform": "System",
    "host": "Host",
}


def origin_rows(differences: Sequence[Difference]) -> list[tuple[str, list[str]]]:
    """A title and a value for each run."""
    return [
        (_title(row["path"]), [_words(row["path"], value) for value in row["values"]])
        for row in differences
    ]


def commit_words(git: GitState | None) -> str:
    """`1a2b3c4d5e on main, with uncommitted changes`; empty outside a checkout."""
    if git is None:
        return ""
    branch = f" on {git['branch']}" if git["branch"] else ""
    return git["commit"][:10] + branch + (", with uncommitted changes" if git["dirty"] else "")


def _title(path: str) -> str:
    return _TITLES.get(path) or path.removeprefix("packages.")


def _words(path: str, value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)[:10] if path == "git.commit" else str(value)
