"""The janitor's cleaning: deleted runs with their files, old events, workers long gone."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from backend.settings import Settings
from backend.store import events, workers
from backend.store.requests import UNDO
from backend.store.tables import Run


def purge_deleted(session: Session, settings: Settings) -> list[int]:
    """Removes runs deleted more than ten minutes ago, rows and files; returns their ids.

    Files go first: if they can't be removed, the row stays and the next call tries again.
    """
    late = Run.deleted_at < datetime.now(UTC) - UNDO
    ids = session.scalars(select(Run.id).where(late)).all()
    gone = [run_id for run_id in ids if _remove_files(settings, run_id)]
    if gone:
        session.execute(delete(Run).where(Run.id.in_(gone), late))
    events.prune(session)
    workers.forget(session)
    return gone


def _remove_files(settings: Settings, run_id: int) -> bool:
    folder = settings.run_dir(run_id)
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
