"""What can be chosen, who works, and whether all is well."""

from __future__ import annotations

import time
from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, BackgroundTasks, Request, Response
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from backend.api.availability import availability
from backend.api.params import Config, Db, WorkerName
from backend.core import celery_queue
from backend.core.celery_queue import nudge
from backend.core.error_codes import ErrorCode
from backend.core.settings import Settings
from backend.schemas.catalogue import Catalogue
from backend.schemas.system import Health
from backend.schemas.workers import WorkerDetail, WorkerList
from backend.server.answers import ErrorBody, Json, error_json
from backend.store import workers
from backend.store.database import Database
from ols.spec.catalogue import catalogue
from ols.spec.run_spec import RunSpec
from ols.version import __version__

router = APIRouter(tags=["system"])

QUEUE_CHECK_SECONDS = 5.0  # how long a look at the broker counts


@cache
def _schema() -> dict[str, Any]:
    return RunSpec.model_json_schema()


@router.get("/api/schema")
def schema() -> Json[dict[str, Any]]:
    """The JSON schema of a run's spec."""
    return Json(_schema())


@router.get("/api/catalogue")
def choices(database: Db) -> Json[Catalogue]:
    """Methods, datasets, models and presets, with help, papers and parameters."""
    with database.read() as session:
        everyone = workers.listing(session)
    return Json(with_availability(catalogue(), everyone))


@router.get("/api/workers")
def listing(database: Db) -> Json[WorkerList]:
    """Workers, their slots and devices, current runs, last heartbeats."""
    with database.read() as session:
        return Json({"workers": workers.listing(session)})


@router.post("/api/workers/{name:path}/drain", status_code=204)
def drain(name: WorkerName, database: Db) -> Response:
    """Lets a worker finish what it trains and claim nothing more."""
    return _drain(database, name, True)


@router.post("/api/workers/{name:path}/undrain", status_code=204)
def undrain(
    name: WorkerName, database: Db, config: Config, background: BackgroundTasks
) -> Response:
    """Lets a worker claim runs again."""
    background.add_task(nudge, config)
    return _drain(database, name, False)


def _drain(database: Database, name: str, draining: bool) -> Response:
    with database.write() as session:
        workers.drain(session, name, draining)
    return Response(status_code=204)


class HealthDown(Health):
    """Health, and in words what is wrong with it."""

    error: ErrorBody


_HEALTH_THREADS = CapacityLimiter(2)  # its own: it answers when all others are taken


@router.get("/healthz", responses={503: {"model": HealthDown}})
async def health(request: Request, database: Db) -> Json[Health]:
    """200 when database and queue answer, else 503 naming what does not."""
    return await to_thread.run_sync(_health, request, database, limiter=_HEALTH_THREADS)


def _health(request: Request, database: Database) -> Json[Health]:
    online, database_state = _database_health(database)
    queue_state = "ok" if _queue_answers(request) else "unreachable"
    down = [n for n, s in (("database", database_state), ("queue", queue_state)) if s != "ok"]
    answer: Health = {
        "status": "down" if down else "ok",
        "database": database_state,
        "queue": queue_state,
        "workers": online,
        "version": __version__,
    }
    if not down:
        return Json(answer)
    message = f"Not reachable: {', '.join(down)}."
    return Json[Any]({**answer, **error_json(ErrorCode.UNAVAILABLE, message)}, 503)


def with_availability(tables: dict[str, Any], everyone: Sequence[WorkerDetail]) -> Catalogue:
    """The catalogue, with what the online workers say of each dataset."""
    by_dataset = availability(everyone)
    for entry in tables["datasets"]:
        entry["availability"] = by_dataset[entry["name"]]
    return cast(Catalogue, tables)


def _database_health(database: Database) -> tuple[int, str]:
    try:
        with database.read() as session:
            session.execute(text("SELECT 1"))
            return workers.online_count(session), "ok"
    except SQLAlchemyError:
        return 0, "unreachable"


def _queue_answers(request: Request) -> bool:
    """Asks the broker, but not more often than every few seconds."""
    state = request.app.state
    settings: Settings = state.settings
    checked, answer = getattr(state, "queue_health", (-QUEUE_CHECK_SECONDS, False))
    if time.monotonic() - checked < QUEUE_CHECK_SECONDS:
        return bool(answer)
    answer = not celery_queue.unreachable(settings)
    state.queue_health = (time.monotonic(), answer)
    return answer
