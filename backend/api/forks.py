"""Forking a run: another training from one of its epochs on."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import BackgroundTasks
from pydantic import Field, StringConstraints

from backend.api.bodies import JsonBody
from backend.api.numbers import RunId
from backend.api.params import Config, Db, Name
from backend.core.celery_queue import nudge
from backend.schemas.runs import Forked, RunDetail
from backend.server.addresses import url
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import forks, runs
from ols.spec.fork import KEPT, Start

router = Router(prefix="/api/runs/{run_id}", tags=["actions"])

MOST_CHANGES = 100
MOST_FORKS = 500  # in one question
Path = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+(\.[a-z0-9_]+)*$", max_length=100)]


class NewFork(JsonBody):
    """What a fork says: where it leaves its parent, and what changes from there on."""

    epoch: Annotated[int, Field(strict=True, ge=1, le=10_000)] = Field(
        description="The parent's last epoch that the fork shares with it."
    )
    set: dict[Path, Any] = Field(
        default_factory=dict,
        max_length=MOST_CHANGES,
        description='Fields of the spec, by path: `{"method.alpha": 0.9, "optimizer.lr": 0.01}`.',
    )
    start: Start = Field(KEPT, description="What it takes over beside the weights.")
    name: Name | None = Field(None, description="Empty: the parent's, with the epoch and changes.")
    retrain: bool = Field(
        False,
        strict=True,
        description="Where the epoch's checkpoint is gone: train up to it again, exactly, from "
        "the nearest earlier one.",
    )

    def wish(self) -> forks.Wish:
        """As the store takes it."""
        return forks.Wish(self.epoch, self.set, self.start, self.name, self.retrain)


class NewForks(JsonBody):
    """Several forks of one run: a sweep of what follows."""

    forks: list[NewFork] = Field(min_length=1, max_length=MOST_FORKS)


@router.post("/fork", status_code=201, responses={409: {}, 503: {}})
def fork(
    run_id: RunId, body: NewFork, database: Db, config: Config, background: BackgroundTasks
) -> Json[RunDetail]:
    """Queues a run that continues this one after an epoch, with what `set` changes.

    Its epochs up to there are this run's. With nothing set it trains what this run did, on a CPU
    bit for bit. 409 where the run keeps no checkpoint of that epoch, unless `retrain` is true.
    """
    with database.write() as session:
        run = forks.fork(session, config, run_id, body.wish())
        answer = runs.get(session, run.id)
    background.add_task(nudge, config)
    return Json(answer, 201, {"Location": url(f"/api/runs/{answer['id']}")})


@router.post("/forks", status_code=201, responses={409: {}, 503: {}})
def fork_many(
    run_id: RunId, body: NewForks, database: Db, config: Config, background: BackgroundTasks
) -> Json[Forked]:
    """Queues several forks of this run as an experiment, in the order given: all, or none."""
    wishes = [each.wish() for each in body.forks]
    with database.write() as session:
        made = forks.fork_many(session, config, run_id, wishes)
        answers = runs.get_many(session, [run.id for run in made])
    background.add_task(nudge, config)
    return Json({"runs": answers, "experiment": answers[0]["experiment_id"]}, 201)
