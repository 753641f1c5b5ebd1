"""torchrun's files while a run trains on several devices: `<data>/ranks/<run>-<attempt>`.

The launcher removes its folder when it ends. A launcher that was killed can't: then its supervisor
does, and where the worker was killed too, the janitor of any worker with this data folder.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from backend.core.settings import Settings
from backend.store import leases
from backend.store.claims import Claim
from backend.store.database import Database


def folder_of(config: Settings, claim: Claim) -> Path:
    """This attempt's; it need not be there."""
    return _base(config) / _name(claim.run_id, claim.attempt)


def remove(config: Settings, claim: Claim) -> None:
    """Harmless where there is none."""
    shutil.rmtree(folder_of(config, claim), ignore_errors=True)


def sweep(config: Settings, database: Database) -> None:
    """Removes the folders of attempts that are over."""
    # Listed before the database is asked: a folder made meanwhile belongs to a run that runs.
    folders = list(_base(config).glob("*"))
    if not folders:
        return
    with database.read() as session:
        running = {
            _name(run_id, lease.attempt) for run_id, lease in leases.held_leases(session).items()
        }
    for folder in folders:
        if folder.name not in running:
            shutil.rmtree(folder, ignore_errors=True)


def _base(config: Settings) -> Path:
    return config.data_dir / "ranks"


def _name(run_id: int, attempt: int) -> str:
    return f"{run_id}-{attempt}"
