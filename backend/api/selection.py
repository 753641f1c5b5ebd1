"""One action on many runs: each is done, or the answer says why not."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Literal

from fastapi import APIRouter, BackgroundTasks
from pydantic import BaseModel, ConfigDict, Field, model_validator
from sqlalchemy.orm import Session

from backend.api.params import MAX_ID, Config, Db, Name, Tag
from backend.core.celery_queue import nudge
from backend.server.answers import Json
from backend.store import requests, runs
from backend.store.errors import Conflict, NotFound
from backend.store.tables import Run
from ols.errors import SpecError

router = APIRouter(prefix="/api/runs", tags=["actions"])

Action = Literal[
    "cancel", "pause", "resume", "retry", "clone", "delete", "restore", "archive", "unarchive",
    "pin", "unpin", "rename", "tag", "untag", "priority", "devices",
]  # fmt: skip
Ids = Annotated[list[Annotated[int, Field(ge=1, le=MAX_ID)]], Field(min_length=1, max_length=500)]

_CODES = {NotFound: "not_found", Conflict: "conflict", SpecError: "invalid"}
_PLAIN: dict[str, Callable[[Session, int], Run]] = {
    "cancel": requests.cancel,
    "pause": requests.pause,
    "resume": requests.resume,
    "retry": requests.retry,
    "clone": requests.clone,
    "delete": requests.delete,
    "restore": requests.restore,
    "archive": requests.archive,
    "unarchive": lambda session, run_id: requests.archive(session, run_id, archived=False),
    "pin": requests.pin,
    "unpin": lambda session, run_id: requests.pin(session, run_id, pinned=False),
}
# What an action must be told: its field.
_NEEDS = {
    "rename": "name",
    "priority": "priority",
    "devices": "devices",
    "tag": "tag",
    "untag": "tag",
}


class Selection(BaseModel):
    """Which runs, and what is to be done with each of them."""

    model_config = ConfigDict(extra="forbid")

    ids: Ids = Field(description="Up to 500 ids; one that is named twice counts once.")
    action: Action
    priority: int | None = Field(None, ge=-1000, le=1000, description="With `priority`.")
    devices: int | None = Field(None, ge=1, le=64, description="With `devices`.")
    name: Name | None = Field(None, description="With `rename`.")
    tag: Tag | None = Field(None, description="With `tag` and `untag`.")

    @model_validator(mode="after")
    def _complete(self) -> Selection:
        needed = _NEEDS.get(self.action)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"the action {self.action} needs the field {needed}")
        return self

    def do(self, session: Session, run_id: int) -> Run:
        """The action on one run; raises NotFound and Conflict."""
        match self.action:
            case "priority":
                return requests.prioritise(session, run_id, self.priority or 0)
            case "devices":
                return requests.set_devices(session, run_id, self.devices or 1)
            case "rename":
                return requests.rename(session, run_id, self.name or "")
            case "tag":
                return requests.tag(session, run_id, self.tag or "")
            case "untag":
                return requests.untag(session, run_id, self.tag or "")
        return _PLAIN[self.action](session, run_id)


@router.post("/actions")
def act(body: Selection, database: Db, config: Config, background: BackgroundTasks) -> Json:
    """Does one thing with many runs.

    Each result has the `id` and either `run`, `{id, name, state}` of what it has become (of the new
    run after `clone`), or `error`, `{code, message}` of why it stays as it was.
    """
    with database.write() as session:
        results = [_result(session, body, run_id) for run_id in dict.fromkeys(body.ids)]
    if body.action in ("resume", "retry", "clone", "restore", "priority", "devices"):
        background.add_task(nudge, config)
    return Json({"results": results})


def _result(session: Session, body: Selection, run_id: int) -> dict[str, object]:
    was = runs.state_of(session, run_id)
    try:
        run = body.do(session, run_id)
    except (NotFound, Conflict, SpecError) as error:
        why = {"code": _CODES[type(error)], "message": str(error), "state": was}
        return {"id": run_id, "error": why}
    done = {"id": run.id, "name": run.name, "state": run.state}
    return {"id": run_id, "was": was, "run": done}
