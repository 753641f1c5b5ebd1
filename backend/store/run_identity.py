"""Whose files lie where a run's number leads.

Numbers come back when a database is restored from a backup, while the files of runs since then are
still there. So a run has a UID, which its folder repeats in `identity.json` and the object store in
the name of its objects. Files under another UID belong to another run: they are neither served nor
resumed from, and a worker that claims the run sets them aside.

Runs that were submitted before there were UIDs have an empty one, and folders without the file.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.core.settings import Settings
from backend.store.errors import NotFound
from backend.store.tables import Lab, Run

FILE = "identity.json"


@dataclass(frozen=True)
class RunIdentity:
    """A run's number and UID, and the UID of the lab (one a database) that it belongs to."""

    run_id: int
    uid: str
    lab: str

    @property
    def name(self) -> str:
        """Of its objects in the store: `12-1a2b3c4d`."""
        return f"{self.run_id}-{self.uid[:8]}" if self.uid else str(self.run_id)

    def owns(self, folder: Path) -> bool:
        """False for the folder of another run with the same number."""
        return _read(folder) == self._content()

    def _content(self) -> dict[str, str] | None:
        return {"lab": self.lab, "run": self.uid} if self.uid else None


def identity_of(session: Session, run_id: int) -> RunIdentity:
    """Raises NotFound for a number that no run has, deleted ones included."""
    for identity in identities(session, [run_id]):
        return identity
    raise NotFound(f"There is no run {run_id}.")


def identities(session: Session, run_ids: Sequence[int]) -> list[RunIdentity]:
    """Of those of these runs that there are, in one query."""
    lab = select(Lab.uid).limit(1).scalar_subquery().label("lab")
    rows = session.execute(select(Run.id, Run.uid, lab).where(Run.id.in_(run_ids)).order_by(Run.id))
    return [RunIdentity(row.id, row.uid, row.lab) for row in rows]


def take_folder(config: Settings, identity: RunIdentity) -> Path | None:
    """Makes the run's folder with its identity, as the worker does that trains it.

    A stranger's folder is kept, renamed; its new place is the answer. Raises OSError.
    """
    folder = config.run_dir(identity.run_id)
    aside = None
    if folder.exists() and not identity.owns(folder) and any(folder.iterdir()):
        aside = _free_name(folder)
        folder.rename(aside)
    folder.mkdir(parents=True, exist_ok=True)
    if (content := identity._content()) is not None and not identity.owns(folder):
        partial = folder / f"{FILE}.tmp"
        partial.write_text(json.dumps(content))
        partial.replace(folder / FILE)
    return aside


def _read(folder: Path) -> dict[str, str] | None:
    """None where there is no identity; a damaged one is nobody's."""
    try:
        content = json.loads((folder / FILE).read_text())
    except FileNotFoundError:
        return None
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _free_name(folder: Path) -> Path:
    number = 1
    while (place := folder.with_name(f"{folder.name}.set-aside-{number}")).exists():
        number += 1
    return place
