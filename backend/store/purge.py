"""The janitor's cleaning: deleted runs, their files, old events and notices, workers long gone."""

from __future__ import annotations

import logging
import shutil
from datetime import UTC, datetime

from sqlalchemy import delete, select

from backend.core.settings import Settings
from backend.store import events, notices, samples, workers
from backend.store.database import Database
from backend.store.errors import FilesUnreachable
from backend.store.objects import object_store
from backend.store.requests import UNDO
from backend.store.run_identity import RunIdentity, identities
from backend.store.tables import Run

log = logging.getLogger("ols.worker")


def purge_deleted(database: Database, settings: Settings) -> list[int]:
    """Removes runs deleted more than ten minutes ago, rows and files; returns their ids.

    Files go first, and outside the transaction, for a store far away may take its time: if they
    can't be removed, the row stays and the next call tries again.
    """
    late = Run.deleted_at < datetime.now(UTC) - UNDO
    with database.read() as session:
        ids = session.scalars(select(Run.id).where(late)).all()
        deleted_runs = identities(session, ids)
    gone = [run.run_id for run in deleted_runs if _remove_files(settings, run)]
    with database.write() as session:
        if gone:
            samples.forget_own(session, [run.uid for run in deleted_runs if run.run_id in gone])
            session.execute(delete(Run).where(Run.id.in_(gone), late))
        events.prune(session)
        notices.prune(session)
        workers.forget(session)
    return gone


def _remove_files(settings: Settings, run: RunIdentity) -> bool:
    try:
        if store := object_store(settings):
            store.remove_run(run.name)
    except FilesUnreachable as error:
        log.warning("run %d was deleted; its files stay for now: %s", run.run_id, error)
        return False
    folder = settings.run_dir(run.run_id)
    if not run.owns(folder):
        return True
    shutil.rmtree(folder, ignore_errors=True)
    return not folder.exists()
