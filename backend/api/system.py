"""What can be chosen, who works, and whether all is well."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any, cast

from anyio import CapacityLimiter, to_thread
from fastapi import BackgroundTasks, Request, Response

from backend.api.availability import availability
from backend.api.params import Config, Db, WorkerName
from backend.core.celery_queue import nudge
from backend.core.error_codes import ErrorCode
from backend.schemas.catalogue import Catalogue, TimmNetworkFacts, TimmNetworks
from backend.schemas.system import Health
from backend.schemas.workers import WorkerDetail, WorkerList
from backend.server import health as server_health
from backend.server.answers import ErrorBody, Json, error_json
from backend.server.late_routes import Router
from backend.store import batch_jobs, workers
from backend.store.database import Database
from ols.spec.catalogue import catalogue
from ols.spec.models.timm_networks import timm_networks
from ols.spec.run_spec import RunSpec
from ols.version import __version__

router = Router(tags=["system"])


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


@router.get("/api/networks")
def timm(database: Db) -> Json[TimmNetworks]:
    """timm's networks, which the catalogue does not list, and the workers that have timm."""
    with database.read() as session:
        everyone = workers.listing(session)
    having = [one["name"] for one in everyone if one["online"] and "timm" in one["versions"]]
    networks = [cast(TimmNetworkFacts, facts._asdict()) for facts in timm_networks().values()]
    return Json({"workers": having, "networks": networks})


@router.get("/api/workers")
def listing(database: Db) -> Json[WorkerList]:
    """Workers, their slots and devices, current runs, last heartbeats."""
    with database.read() as session:
        return Json({"workers": workers.listing(session), "jobs": batch_jobs.listing(session)})


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
async def health(request: Request) -> Json[Health]:
    """200 when database, queue and data folder can be used, else 503 saying what is wrong."""
    return await to_thread.run_sync(_health, request.app.state.health, limiter=_HEALTH_THREADS)


def _health(health: server_health.Health) -> Json[Health]:
    parts, fault = health.look()
    answer: Health = {**parts, "version": __version__}
    if not fault:
        return Json(answer)
    return Json[Any]({**answer, **error_json(ErrorCode.UNAVAILABLE, f"{fault}.")}, 503)


def with_availability(tables: dict[str, Any], everyone: Sequence[WorkerDetail]) -> Catalogue:
    """The catalogue, with what the online workers say of each dataset."""
    by_dataset = availability(everyone)
    for entry in tables["datasets"]:
        entry["availability"] = by_dataset[entry["name"]]
    return cast(Catalogue, tables)
