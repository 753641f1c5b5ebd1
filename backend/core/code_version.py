"""Which code a process runs. The web service and its workers are to run the same.

The package's version alone would not tell two checkouts apart; a commit is not known in an image
and does not say what was edited since. So the sources that both sides share are hashed: the specs
(`ols`) and the tables with their queries (`backend/store`).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from ols.version import DISTRIBUTION, __version__

PACKAGE, CODE = DISTRIBUTION, "code"  # the names in what a worker reports of its versions
_ROOT = Path(__file__).resolve().parents[2]
_SHARED = ("ols", "backend/store")


@cache
def code_version() -> Mapping[str, str]:
    """This process's; call it at the start, before somebody updates the files below it."""
    return {PACKAGE: __version__, CODE: fingerprint(_ROOT)}


def words(versions: Mapping[str, str]) -> str:
    """`ols-lab 0.1.0, code 3f2a91c0`; of a worker too old to report its code the first half."""
    code = versions.get(CODE)
    return f"{PACKAGE} {versions.get(PACKAGE, 'unknown')}" + (f", code {code}" if code else "")


def differs(versions: Mapping[str, str]) -> bool:
    """Whether a worker that reports these runs other code than this process."""
    ours = code_version()
    return PACKAGE in versions and any(versions.get(name) != ours[name] for name in ours)


def fingerprint(root: Path) -> str:
    """Eight digits that change with any file of the shared code below `root`."""
    digest = hashlib.sha256()
    for folder in _SHARED:
        for path in sorted((root / folder).rglob("*.py")):
            content = path.read_bytes()
            digest.update(f"{path.relative_to(root).as_posix()} {len(content)}\n".encode())
            digest.update(content)
    return digest.hexdigest()[:8]
