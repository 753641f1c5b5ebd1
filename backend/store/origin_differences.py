"""In what the code and the machines of runs differ: for whoever shows it, since a run has a
version per installed package."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.schemas.compare import Difference
from backend.store import origins
from backend.store.tables import Run
from ols.provenance.origin import Facts

_FIRST = ("packages.torch", "packages.torchvision", "packages.numpy", "packages.ols-lab")


def origin_differences(session: Session, run_ids: Sequence[int]) -> list[Difference]:
    """A value for each run, null where it has none; runs that recorded nothing are passed over.

    The code first, then the precision that was computed in, Python and the machine, the packages
    that train, and the other packages by name.
    """
    facts = origins.newest(session, run_ids)
    taken = select(Run.id, Run.info["precision"].as_string().label("precision")).where(
        Run.id.in_(run_ids)
    )
    precisions = {row.id: row.precision for row in session.execute(taken)}
    flat = [
        _flat(facts[run_id], precisions[run_id]) if run_id in facts else None for run_id in run_ids
    ]
    recorded = [each for each in flat if each is not None]
    paths = list(dict.fromkeys(path for each in recorded for path in each))
    differing = [path for path in paths if len({repr(each.get(path)) for each in recorded}) > 1]
    return [
        {"path": path, "values": [each.get(path) if each else None for each in flat]}
        for path in sorted(differing, key=lambda path: _place(path, paths))
    ]


def _flat(facts: Facts, precision: str | None) -> dict[str, Any]:
    """Without the command, which differs wherever a setting does."""
    git = facts["git"]
    return {
        "git.commit": git["commit"] if git else None,
        "git.dirty": git["dirty"] if git else None,
        "precision": precision,
        "python": facts["python"],
        "driver": facts["driver"],
        "platform": facts["platform"],
        "host": facts["host"],
        **{f"packages.{name}": version for name, version in facts["packages"].items()},
    }


def _place(path: str, paths: Sequence[str]) -> tuple[int, int, str]:
    if not path.startswith("packages."):
        return 0, paths.index(path), path
    return (1, _FIRST.index(path), path) if path in _FIRST else (2, 0, path)
