"""Submitting, listing, reading and editing runs."""

from __future__ import annotations

from fastapi import BackgroundTasks, Response
from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from backend.api.bodies import JsonBody
from backend.api.numbers import RunId
from backend.api.params import Config, Db, Name, Priority, RunFilter, Tags, Text
from backend.core.celery_queue import nudge
from backend.schemas.runs import AttemptList, Estimate, RunDetail, RunList
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import attempts, requests, runs
from backend.store.time_estimate import estimate
from ols.spec.run_spec import RunSpec

router = Router(prefix="/api/runs", tags=["runs"])


class NewRun(JsonBody):
    """What a submission says. Of the spec only `method` is required."""

    name: Name | None = Field(None, description="Empty: named after method, dataset and noise.")
    tags: Tags = Field(default_factory=list)
    priority: Priority = 0
    spec: RunSpec


@with_config(ConfigDict(extra="forbid"))
class RunChanges(TypedDict, total=False):
    """What of a run can be changed; what is not given stays."""

    name: Name
    tags: Tags
    notes: Text
    archived: bool
    pinned: bool
    priority: Priority


class Question(JsonBody):
    """Asks how long a run may take."""

    spec: RunSpec


@router.post("", status_code=201)
def submit(
    body: NewRun, database: Db, config: Config, background: BackgroundTasks
) -> Json[RunDetail]:
    """Queues a run."""
    with database.write() as session:
        run = requests.submit(
            session, name=body.name, tags=body.tags, spec=body.spec, priority=body.priority
        )
        answer = runs.get(session, run.id)
    background.add_task(nudge, config)  # after the commit; a broker that is down delays nobody
    return Json(answer, 201, {"Location": url(f"/api/runs/{answer['id']}")})


@router.get("")
def listing(database: Db, query: RunFilter) -> Json[RunList]:
    """A page of runs with their summaries; leaves out `classes` and the errors' `log_tail`."""
    with database.read() as session:
        rows, cursor = runs.listing(session, query)
    return Json({"runs": rows, "next_cursor": cursor})


@router.post("/estimate")
def estimated(body: Question, database: Db) -> Json[Estimate]:
    """Seconds that a run may take, from past runs; null when there are none like it."""
    with database.read() as session:
        seconds, based_on = estimate(session, body.spec)
    return Json({"seconds": seconds, "based_on": based_on})


@router.get("/{run_id}")
def read(run_id: RunId, database: Db) -> Json[RunDetail]:
    """One run."""
    with database.read() as session:
        return Json(runs.get(session, run_id))


@router.get("/{run_id}/attempts")
def history(run_id: RunId, database: Db) -> Json[AttemptList]:
    """Who held the run, from when to when, over which epochs, and how it ended; newest first."""
    with database.read() as session:
        runs.require(session, run_id)
        return Json({"attempts": attempts.listing(session, run_id)})


@router.patch("/{run_id}")
def edit(run_id: RunId, body: RunChanges, database: Db) -> Json[RunDetail]:
    """Changes name, tags, notes, archived, pinned or priority."""
    with database.write() as session:
        runs.edit(session, run_id, body)
        return Json(runs.get(session, run_id))


@router.delete("/{run_id}", status_code=204, responses={409: {}})
def delete(run_id: RunId, database: Db) -> Response:
    """Hides a run; for ten minutes it can be restored."""
    with database.write() as session:
        requests.delete(session, run_id)
    return Response(status_code=204)
