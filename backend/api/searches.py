"""Searches: experiments whose settings a worker proposes one after the other."""

from __future__ import annotations

from typing import Literal

from fastapi import BackgroundTasks
from pydantic import Field

from backend.api.bodies import JsonBody
from backend.api.numbers import LARGEST_TRIAL, ExperimentId
from backend.api.params import Config, Db
from backend.core.celery_queue import nudge_slots
from backend.schemas.experiments import ExperimentDetail
from backend.schemas.searches import SearchTrials
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import experiments, search_results, searches

router = Router(prefix="/api/experiments/{experiment_id}", tags=["experiments"])


class SearchAction(JsonBody):
    """stop: propose nothing more, what trains continues; resume: propose again."""

    action: Literal["stop", "resume"]


class FurtherTrials(JsonBody):
    """Further settings beyond the budget."""

    trials: int = Field(strict=True, ge=1, le=1000)


class FreshSeeds(JsonBody):
    """The setting that is to be confirmed; without a number, so many of the best."""

    trial: int | None = Field(None, strict=True, ge=1, le=LARGEST_TRIAL)
    best: int = Field(1, strict=True, ge=1, le=20, description="Ignored with `trial`.")
    seeds: int = Field(5, strict=True, ge=1, le=100)


@router.get("/trials")
def trials(experiment_id: ExperimentId, database: Db) -> Json[SearchTrials]:
    """All settings of a search with their values, the best, and which fields matter."""
    with database.read() as session:
        return Json(search_results.read(session, experiment_id))


@router.post("/trials", status_code=201, responses={409: {}})
def add_trials(
    experiment_id: ExperimentId, body: FurtherTrials, database: Db
) -> Json[ExperimentDetail]:
    """Allows a search further settings, and resumes it. 409 where a grid has no more."""
    with database.write() as session:
        searches.add_trials(session, experiment_id, body.trials)
        return Json(experiments.get(session, experiment_id), 201)


@router.post("/search")
def act(experiment_id: ExperimentId, body: SearchAction, database: Db) -> Json[ExperimentDetail]:
    """Stops or resumes a search; its runs stay as they are."""
    move = searches.stop if body.action == "stop" else searches.resume
    with database.write() as session:
        move(session, experiment_id)
        return Json(experiments.get(session, experiment_id))


@router.post("/confirm", status_code=201, responses={409: {}})
def confirm(
    experiment_id: ExperimentId,
    body: FreshSeeds,
    database: Db,
    config: Config,
    background: BackgroundTasks,
) -> Json[ExperimentDetail]:
    """Queues a setting of a search on seeds that it has not seen, as an experiment of its own.

    With `best` several are queued, all on the same seeds; the answer is the best one's. 409 while
    no setting has trained to its end.
    """
    with database.write() as session:
        again = search_results.confirm(session, experiment_id, body.trial, body.best, body.seeds)
        answers = [experiments.get(session, each.id) for each in again]
    answer = answers[0]
    background.add_task(nudge_slots, config, sum(each["runs"] for each in answers))
    return Json(answer, 201, {"Location": url(f"/api/experiments/{answer['id']}")})
