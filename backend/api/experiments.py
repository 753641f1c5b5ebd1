"""Experiments: sweeps that are submitted, watched and steered as one."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import BackgroundTasks, Query
from pydantic import ConfigDict, Field, with_config
from typing_extensions import TypedDict

from backend.api.bodies import JsonBody
from backend.api.new_experiment import NewExperiment, Parallel
from backend.api.numbers import ExperimentId
from backend.api.params import Config, Db, Name, Text
from backend.core.celery_queue import nudge_slots
from backend.core.run_actions import RULES, Action
from backend.core.run_states import RunState
from backend.schemas.experiments import (
    AddedSeeds,
    ChangedRun,
    ExperimentAction,
    ExperimentDetail,
    ExperimentList,
    ExperimentPreview,
)
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import experiments

router = Router(prefix="/api/experiments", tags=["experiments"])


@with_config(ConfigDict(extra="forbid"))
class ExperimentChanges(TypedDict, total=False):
    """What of an experiment can be changed; what is not given stays."""

    name: Name
    notes: Text
    parallel: Parallel
    pinned: bool
    archived: bool


class ExperimentActionRequest(JsonBody):
    """What is to be done with all runs of an experiment whose state allows it."""

    action: Literal[Action.PAUSE, Action.RESUME, Action.RETRY, Action.CANCEL]


class FurtherSeeds(JsonBody):
    """Further seeds of every setting."""

    seeds: int = Field(strict=True, ge=1, le=100)


@router.post("/preview")
def preview(body: NewExperiment, database: Db) -> Json[ExperimentPreview]:
    """What a submission would be: how many runs, how long, in which fields they differ."""
    with database.read() as session:
        return Json(body.preview(session, body.plan()))


@router.post("", status_code=201)
def submit(
    body: NewExperiment, database: Db, config: Config, background: BackgroundTasks
) -> Json[ExperimentDetail]:
    """Queues all runs of a sweep as one experiment."""
    with database.write() as session:
        answer = body.submit(session)
    background.add_task(nudge_slots, config, answer["runs"])
    return Json(answer, 201, {"Location": url(f"/api/experiments/{answer['id']}")})


@router.get("")
def listing(
    database: Db,
    q: Annotated[Text, Query(description="Part of the name.")] = "",
    archived: bool = False,
) -> Json[ExperimentList]:
    """The newest experiments, pinned ones first."""
    with database.read() as session:
        return Json({"experiments": experiments.listing(session, archived=archived, q=q)})


@router.get("/{experiment_id}")
def read(experiment_id: ExperimentId, database: Db) -> Json[ExperimentDetail]:
    """One experiment; its runs are `GET /api/runs?experiment=ID`."""
    with database.read() as session:
        return Json(experiments.get(session, experiment_id))


@router.patch("/{experiment_id}")
def edit(
    experiment_id: ExperimentId, body: ExperimentChanges, database: Db, config: Config
) -> Json[ExperimentDetail]:
    """Changes name, notes, parallel, pinned or archived."""
    with database.write() as session:
        experiments.edit(session, experiment_id, body)
        answer = experiments.get(session, experiment_id)
    if "parallel" in body:
        nudge_slots(config, answer["states"][RunState.QUEUED])
    return Json(answer)


@router.post("/{experiment_id}/actions")
def act(
    experiment_id: ExperimentId,
    body: ExperimentActionRequest,
    database: Db,
    config: Config,
    background: BackgroundTasks,
) -> Json[ExperimentAction]:
    """Cancels, pauses, resumes or retries all its runs that allow it.

    `changed` says how many those are; `runs`, which, and what state each of them was in; `done`, in
    a word what they are now.
    """
    with database.write() as session:
        was = experiments.act(session, experiment_id, body.action)
        answer = experiments.get(session, experiment_id)
    if body.action in (Action.RESUME, Action.RETRY):
        background.add_task(nudge_slots, config, len(was))
    runs: list[ChangedRun] = [{"id": run_id, "was": state} for run_id, state in was.items()]
    done = RULES[body.action].done
    return Json({"changed": len(was), "done": done, "runs": runs, "experiment": answer})


@router.post("/{experiment_id}/seeds", status_code=201, responses={409: {}})
def more_seeds(
    experiment_id: ExperimentId,
    body: FurtherSeeds,
    database: Db,
    config: Config,
    background: BackgroundTasks,
) -> Json[AddedSeeds]:
    """Queues further seeds of every setting; `added` says how many runs that is."""
    with database.write() as session:
        added = experiments.add_seeds(session, experiment_id, body.seeds)
        answer = experiments.get(session, experiment_id)
    background.add_task(nudge_slots, config, added)
    return Json({"added": added, "experiment": answer}, 201)
