"""What a user can do with a run: one POST each. 409 where the run's state forbids it."""

from __future__ import annotations

from collections.abc import Callable

from fastapi import BackgroundTasks
from sqlalchemy.orm import Session

from backend.api.numbers import RunId
from backend.api.params import Config, Db
from backend.core.celery_queue import nudge
from backend.core.settings import Settings
from backend.schemas.runs import RunDetail
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import requests, runs
from backend.store.database import Database
from backend.store.tables import Run

router = Router(prefix="/api/runs/{run_id}", tags=["actions"], responses={409: {}})

Action = Callable[[Session, int], Run]


@router.post("/cancel")
def cancel(run_id: RunId, database: Db) -> Json[RunDetail]:
    """Ends a run: a waiting one at once, a running one as soon as its trainer hears of it."""
    return Json(_do(database, requests.cancel, run_id))


@router.post("/pause")
def pause(run_id: RunId, database: Db) -> Json[RunDetail]:
    """Sets a run aside; a running one stops and keeps its checkpoint."""
    return Json(_do(database, requests.pause, run_id))


@router.post("/resume")
def resume(
    run_id: RunId, database: Db, config: Config, background: BackgroundTasks
) -> Json[RunDetail]:
    """Queues a paused run again."""
    return _queued(_do(database, requests.resume, run_id), config, background)


@router.post("/retry")
def retry(
    run_id: RunId, database: Db, config: Config, background: BackgroundTasks
) -> Json[RunDetail]:
    """Queues a failed or cancelled run again; it resumes from its last checkpoint."""
    return _queued(_do(database, requests.retry, run_id), config, background)


@router.post("/clone")
def clone(
    run_id: RunId, database: Db, config: Config, background: BackgroundTasks
) -> Json[RunDetail]:
    """Makes a new run with the same spec; answers the new run."""
    return _queued(_do(database, requests.clone, run_id), config, background)


@router.post("/restore")
def restore(
    run_id: RunId, database: Db, config: Config, background: BackgroundTasks
) -> Json[RunDetail]:
    """Brings back a run that was deleted within the last ten minutes."""
    return _queued(_do(database, requests.restore, run_id), config, background)


def _queued(answer: RunDetail, config: Settings, background: BackgroundTasks) -> Json[RunDetail]:
    """After the commit: the run may be queued now, also one that was deleted while it was."""
    background.add_task(nudge, config)
    return Json(answer)


def _do(database: Database, action: Action, run_id: int) -> RunDetail:
    """One transaction; the run's JSON, read inside it."""
    with database.write() as session:
        run = action(session, run_id)
        return runs.get(session, run.id)
