"""Experiments: sweeps that are submitted, watched and steered as one."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter, BackgroundTasks, Depends, Path, Query
from pydantic import BaseModel, ConfigDict, Field

from backend.answers import Json
from backend.api.params import Config, Db, Name, Text, natural
from backend.api.runs import Tags
from backend.queue import nudge
from backend.settings import Settings
from backend.store import experiments
from backend.store.errors import NotFound
from backend.store.estimate import estimate_many
from backend.store.remaining import slots_online
from backend.store.spec_paths import differences
from ols.sweep import Sweep, expand

router = APIRouter(prefix="/api/experiments", tags=["experiments"])

SHOWN = 100  # runs of a preview
NUDGES = 16  # a slot that has ended a run goes on by itself; the janitor wakes further ones


async def _experiment_id(
    experiment_id: Annotated[str, Path(description="The experiment's number.")],
) -> int:
    number = natural(experiment_id)
    if number is None:
        raise NotFound(f"There is no experiment {experiment_id[:40]}.")
    return number


ExperimentId = Annotated[int, Depends(_experiment_id)]
Parallel = Annotated[int | None, Field(ge=1, le=1000, description="Runs at once; null: no cap.")]


class NewExperiment(Sweep):
    """A sweep, and how its experiment is called and run."""

    name: Name | None = Field(None, description="Empty: named after what varies.")
    notes: Text = ""
    tags: Tags = Field(default_factory=list)
    parallel: Parallel = None
    priority: int = Field(0, ge=-1000, le=1000)

    def sweep(self) -> Sweep:
        """The sweep alone, as it is kept."""
        return Sweep.parse(self.model_dump(include=set(Sweep.model_fields)))


class Changes(BaseModel):
    """What of an experiment can be changed; what is not given stays."""

    model_config = ConfigDict(extra="forbid")

    name: Name = ""
    notes: Text = ""
    parallel: Parallel = None
    pinned: bool = False
    archived: bool = False


class Wish(BaseModel):
    """What is to be done with all runs of an experiment whose state allows it."""

    model_config = ConfigDict(extra="forbid")

    action: Literal["cancel", "pause", "resume", "retry"]


class More(BaseModel):
    """Further seeds of every setting."""

    model_config = ConfigDict(extra="forbid")

    seeds: int = Field(ge=1, le=100)


@router.post("/preview")
def preview(body: NewExperiment, database: Db) -> Json:
    """What a submission would be: how many runs, how long, in which fields they differ.

    `seconds` is for one slot, from past runs like them; null when some have none like them.
    `slots` are those of the workers online.
    """
    plan = expand(body.sweep())
    with database.read() as session:
        seconds, based_on = estimate_many(session, plan.specs)
        slots = slots_online(session)
    shown = [spec.model_dump(mode="json") for spec in plan.specs[:SHOWN]]
    return Json(
        {
            "runs": len(plan.specs),
            "repeated": plan.repeated,
            "seconds": seconds,
            "based_on": based_on,
            "slots": slots,
            "shown": len(shown),
            "differences": differences(shown),
        }
    )


@router.post("", status_code=201)
def submit(body: NewExperiment, database: Db, config: Config, background: BackgroundTasks) -> Json:
    """Queues all runs of a sweep as one experiment."""
    with database.write() as session:
        experiment = experiments.submit(
            session,
            body.sweep(),
            name=body.name,
            notes=body.notes,
            tags=body.tags,
            parallel=body.parallel,
            priority=body.priority,
        )
        answer = experiments.get(session, experiment.id)
    background.add_task(_nudge, config, answer["runs"])
    return Json(answer, 201, {"Location": f"/api/experiments/{answer['id']}"})


@router.get("")
def listing(
    database: Db,
    q: Annotated[Text, Query(description="Part of the name.")] = "",
    archived: bool = False,
) -> Json:
    """The newest experiments, pinned ones first."""
    with database.read() as session:
        return Json({"experiments": experiments.listing(session, archived=archived, q=q)})


@router.get("/{experiment_id}")
def read(experiment_id: ExperimentId, database: Db) -> Json:
    """One experiment; its runs are `GET /api/runs?experiment=ID`."""
    with database.read() as session:
        return Json(experiments.get(session, experiment_id))


@router.patch("/{experiment_id}")
def edit(experiment_id: ExperimentId, body: Changes, database: Db, config: Config) -> Json:
    """Changes name, notes, parallel, pinned or archived."""
    changes: dict[str, Any] = body.model_dump(include=body.model_fields_set)
    with database.write() as session:
        experiments.edit(session, experiment_id, changes)
        answer = experiments.get(session, experiment_id)
    if "parallel" in changes:
        _nudge(config, answer["states"]["queued"])
    return Json(answer)


@router.post("/{experiment_id}/actions")
def act(
    experiment_id: ExperimentId,
    body: Wish,
    database: Db,
    config: Config,
    background: BackgroundTasks,
) -> Json:
    """Cancels, pauses, resumes or retries all its runs that allow it; `changed` says how many."""
    with database.write() as session:
        changed = experiments.act(session, experiment_id, body.action)
        answer = experiments.get(session, experiment_id)
    if body.action in ("resume", "retry"):
        background.add_task(_nudge, config, changed)
    return Json({"changed": changed, "experiment": answer})


@router.post("/{experiment_id}/seeds", status_code=201)
def more_seeds(
    experiment_id: ExperimentId,
    body: More,
    database: Db,
    config: Config,
    background: BackgroundTasks,
) -> Json:
    """Queues further seeds of every setting; `added` says how many runs that is."""
    with database.write() as session:
        added = experiments.add_seeds(session, experiment_id, body.seeds)
        answer = experiments.get(session, experiment_id)
    background.add_task(_nudge, config, added)
    return Json({"added": added, "experiment": answer}, 201)


def _nudge(config: Settings, runs: int) -> None:
    for _ in range(min(runs, NUDGES)):
        if not nudge(config):
            return  # a broker that is down delays nobody; the janitors make up for it
