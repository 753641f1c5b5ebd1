"""What a submission of the form would be, asked after every change: its name, how long it may take,
and the same as code. An answer of 422 names the fields that are wrong, as the submission would."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import Depends, Request

from backend.analysis.formats import duration, plural
from backend.analysis.formats import size as size_words
from backend.api.new_experiment import NewExperiment
from backend.api.params import Db
from backend.api.runs import NewRun
from backend.pages.new_run import code
from backend.schemas.experiments import ExperimentPreview
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store.checkpoint_sizes import checkpoint_bytes
from backend.store.experiments import default_name as experiment_name
from backend.store.run_names import default_name as run_name
from backend.store.time_estimate import estimate
from ols.spec.run_spec import RunSpec

router = Router()


async def _body(request: Request) -> dict[str, Any]:
    body: dict[str, Any] = await request.json()
    return body


# As it was sent: a resolved spec would say every field.
AsSent = Annotated[dict[str, Any], Depends(_body)]


@router.post("/fragments/new-run")
def run_preview(body: NewRun, as_sent: AsSent, database: Db) -> Json:
    """One run: `{"name", "summary", "shell", "python"}`."""
    with database.read() as session:
        seconds, based_on = estimate(session, body.spec)
        size = checkpoint_bytes(session, body.spec)
    spec = as_sent["spec"]
    return Json(
        {
            "name": run_name(body.spec),
            "summary": f"{run_summary(seconds, based_on)}{checkpoint_words(body.spec, size)}",
            "shell": code.run_command(spec),
            "python": code.run_python(spec),
        }
    )


@router.post("/fragments/new-run/sweep")
def sweep_preview(body: NewExperiment, as_sent: AsSent, request: Request, database: Db) -> Json:
    """A sweep: the same, and what `POST /api/experiments/preview` says about its runs."""
    plan = body.plan()
    with database.read() as session:
        preview = body.preview(session, plan)
    return Json(
        preview
        | {
            "name": experiment_name(body, plan.specs),
            "summary": sweep_summary(preview),
            "shell": code.sweep_command(as_sent),
            "python": code.sweep_python(as_sent, str(request.base_url).rstrip("/")),
        }
    )


def run_summary(seconds: float | None, based_on: int) -> str:
    """How long one run may take, in a sentence."""
    if seconds is None:
        return "Time: not known; no run like it has trained here yet."
    return f"About {duration(seconds)}, judged by {plural(based_on, 'run')} like it."


def checkpoint_words(spec: RunSpec, size: int | None) -> str:
    """What `keep_checkpoints` takes and what it buys; nothing where none are kept for it."""
    if not spec.keep_checkpoints:
        return ""
    count = spec.epochs // spec.keep_checkpoints
    room = "" if size is None else f", about {size_words(size * count)}"
    what = plural(count, "checkpoint")
    return f" Keeps {what} for forks{room}: a fork there trains nothing again."


def sweep_summary(preview: ExperimentPreview) -> str:
    """How many runs, how long, what is left out: in a sentence."""
    runs, repeated, seconds = preview["runs"], preview["repeated"], preview["seconds"]
    if runs is None:
        return "As many runs as fit into the hours; below, examples of what it may try."
    parts = [f"At most {plural(runs, 'run')}" if preview["search"] else plural(runs, "run")]
    if seconds is None:
        parts.append("time not known yet")
    else:
        judged = plural(preview["based_on"], "run")
        slots = plural(preview["at_once"], "slot")
        parts.append(f"about {duration(seconds)} on {slots}, judged by {judged} like them")
    if repeated:
        why = "it repeats" if repeated == 1 else "they repeat"
        parts.append(f"{plural(repeated, 'combination')} left out: {why} another run")
    return f"{'; '.join(parts)}."
