"""`/runs/{id}/fork`: the form of a fork, filled from its parent; what can't change is greyed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Request
from fastapi.responses import Response

from backend.api.forks import NewFork
from backend.api.numbers import RunId
from backend.api.params import Config, Db, Text
from backend.pages.new_run import code
from backend.pages.new_run.preview import run_summary
from backend.pages.new_run.spec_form import (
    Field,
    fixed_fields,
    form_data,
    loose_fields,
    sections,
)
from backend.pages.shared.context import Context
from backend.pages.shared.render import page, queue_of
from backend.schemas.runs import RunDetail
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import forks, runs
from backend.store.checkpoints import Checkpoint
from backend.store.errors import NotFound
from backend.store.fork_files import own_checkpoints
from backend.store.run_identity import identity_of
from backend.store.run_numbers import natural
from backend.store.spec_paths import flatten
from backend.store.time_estimate import estimate
from ols.spec.fork import Start, fixed
from ols.spec.run_spec import RunSpec

router = Router()


@dataclass(frozen=True)
class ForkPage(Context):
    """`/runs/{id}/fork`"""

    template = "new_run/fork.html"
    run: RunDetail
    epoch: int
    first: int  # that can be forked
    kept: list[Checkpoint]
    is_kept: bool
    sections: list[Any]
    start: list[Field]
    data: dict[str, Any]  # for fork-form.js, as spec-form.js has it: the parent is the recipe


@router.get("/runs/{run_id}/fork")
def fork_page(run_id: RunId, database: Db, config: Config, epoch: Text = "") -> Response:
    """The form, at this epoch or the run's last one."""
    with database.read() as session:
        queue = queue_of(session, config)
        run = runs.get(session, run_id)
        identity = identity_of(session, run_id)
    if run["spec"] is None:
        raise NotFound(f"Run {run_id} was logged by another loop; the lab can't continue it.")
    first = run["parent"]["epoch"] + 1 if run["parent"] else 1
    if run["progress"]["epoch"] < first:
        raise NotFound(f"Run {run_id} has trained no epoch yet at which it could be forked.")
    spec = RunSpec.parse(run["spec"]).model_dump(mode="json")
    start = loose_fields(Start)
    kept = own_checkpoints(config, identity, first - 1)
    chosen = natural(epoch) or run["progress"]["epoch"]
    data = form_data()
    data["recipes"][spec["dataset"]["name"]] = {
        **dict(flatten(spec)),
        **{field.path: field.value for field in start},
    }
    return page(
        ForkPage(
            queue=queue,
            run=run,
            epoch=chosen,
            first=first,
            kept=kept,
            is_kept=any(one.epoch == chosen for one in kept),
            sections=fixed_fields(sections(_longer(spec, chosen)), fixed),
            start=start,
            data=data | {"sweep": None},
        )
    )


def _longer(spec: dict[str, Any], epoch: int) -> dict[str, Any]:
    """At the last epoch nothing would be left to train: half as many epochs more are proposed."""
    epochs = spec["epochs"]
    return spec | {"epochs": epochs + max(1, epochs // 2)} if epoch >= epochs else spec


async def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = await request.json()
    return body


AsSent = Annotated[dict[str, Any], Depends(_body)]


@router.post("/fragments/runs/{run_id}/fork")
def fork_preview(
    run_id: RunId, body: NewFork, as_sent: AsSent, request: Request, database: Db
) -> Json:
    """What the fork would be: `{"name", "summary", "shell", "python"}`."""
    with database.read() as session:
        plan = forks.plan(session, run_id, body.wish())
        seconds, based_on = estimate(session, plan.spec)
    left = plan.spec.epochs - body.epoch
    if seconds is not None:
        seconds *= left / plan.spec.epochs
    return Json(
        {
            "name": plan.name,
            "summary": run_summary(seconds, based_on),
            "shell": code.fork_command(run_id, as_sent),
            "python": code.fork_python(run_id, as_sent, str(request.base_url).rstrip("/")),
        }
    )
