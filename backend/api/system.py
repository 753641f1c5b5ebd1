"""What can be chosen, who works, and whether all is well."""

from __future__ import annotations

from functools import cache
from typing import Any

from anyio import CapacityLimiter, to_thread
from fastapi import APIRouter, BackgroundTasks, Request, Response

from backend.api.availability import availability
from backend.api.params import Config, Db
from backend.core.celery_queue import nudge
from backend.core.error_codes import ErrorCode
from backend.server.answers import Json, error_json
from backend.server.health import Health
from backend.store import workers
from backend.store.database import Database
from ols.spec.catalogue import catalogue
from ols.spec.run_spec import RunSpec
from ols.version import __version__

router = APIRouter(tags=["system"])


@cache
def _schema() -> dict[str, Any]:
    return RunSpec.model_json_schema()


@router.get("/api/schema")
def schema() -> Json:
    """The JSON schema of a run's spec."""
    return Json(_schema())


@router.get("/api/catalogue")
def choices(database: Db) -> Json:
    """Methods, datasets, models and presets, with help, papers and parameters.

    A dataset's `availability` is what the workers that are online say; null when none is.
    """
    with database.read() as session:
        found = workers.listing(session)
    return Json(with_availability(catalogue(), found))


@router.get("/api/workers")
def listing(database: Db) -> Json:
    """Workers, their slots and devices, current runs, last heartbeats."""
    with database.read() as session:
        return Json({"workers": workers.listing(session)})


@router.post("/api/workers/{name:path}/drain", status_code=204)
def drain(name: str, database: Db) -> Response:
    """Lets a worker finish what it trains and claim nothing more."""
    return _drain(database, name, True)


@router.post("/api/workers/{name:path}/undrain", status_code=204)
def undrain(name: str, database: Db, config: Config, background: BackgroundTasks) -> Response:
    """Lets a worker claim runs again."""
    background.add_task(nudge, config)
    return _drain(database, name, False)


def _drain(database: Database, name: str, draining: bool) -> Response:
    with database.write() as session:
        workers.drain(session, name, draining)
    return Response(status_code=204)


_HEALTH_THREADS = CapacityLimiter(2)  # its own: it answers when all others are taken


@router.get("/healthz")
async def health(request: Request) -> Json:
    """200 when database, queue and data folder can be used, else 503 saying what is wrong."""
    return await to_thread.run_sync(_health, request.app.state.health, limiter=_HEALTH_THREADS)


def _health(health: Health) -> Json:
    parts, fault = health.look()
    answer = {**parts, "version": __version__}
    if not fault:
        return Json(answer)
    return Json({**answer, **error_json(ErrorCode.UNAVAILABLE, f"{fault}.")}, 503)


def with_availability(tables: dict[str, Any], found: list[dict[str, Any]]) -> dict[str, Any]:
    """The catalogue, with what the online workers say of each dataset."""
    known = availability(found)
    for entry in tables["datasets"]:
        entry["availability"] = known[entry["name"]]
    return tables
