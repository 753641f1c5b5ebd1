"""One action on many runs: each is done, or the answer says why not."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Annotated

from fastapi import BackgroundTasks
from pydantic import Field, Strict, model_validator
from sqlalchemy.orm import Session

from backend.api.bodies import JsonBody
from backend.api.numbers import Id
from backend.api.params import Config, Db, Name, Priority, TagText, split
from backend.core.celery_queue import nudge
from backend.core.error_codes import ErrorCode
from backend.core.run_actions import RULES, Action, outcome
from backend.core.run_states import RunState
from backend.schemas.actions import ActedRun, ActionRefusal, ActionResult, ActionResults
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import forks, requests, runs
from backend.store.errors import Conflict, NotFound, NotYours, Refused
from backend.store.tables import Run
from ols.errors import SpecError

router = Router(prefix="/api/runs", tags=["actions"])

Ids = Annotated[list[Annotated[Id, Strict()]], Field(min_length=1, max_length=500)]

_PLAIN: dict[Action, Callable[[Session, int], Run]] = {
    Action.CANCEL: requests.cancel,
    Action.PAUSE: requests.pause,
    Action.RESUME: requests.resume,
    Action.RETRY: requests.retry,
    Action.CLONE: requests.clone,
    Action.DELETE: requests.delete,
    Action.RESTORE: requests.restore,
    Action.ARCHIVE: requests.archive,
    Action.UNARCHIVE: lambda session, run_id: requests.archive(session, run_id, archived=False),
    Action.PIN: requests.pin,
    Action.UNPIN: lambda session, run_id: requests.pin(session, run_id, pinned=False),
}
# Actions after which a run may be claimed that could not be before.
_WAKING = {
    Action.RESUME,
    Action.RETRY,
    Action.CLONE,
    Action.RESTORE,
    Action.PRIORITY,
    Action.DEVICES,
}
# What an action must be told: its field.
_NEEDS = {
    Action.RENAME: "name",
    Action.PRIORITY: "priority",
    Action.DEVICES: "devices",
    Action.TAG: "tag",
    Action.UNTAG: "tag",
}


class Selection(JsonBody):
    """Which runs, and what is to be done with each of them."""

    ids: Ids = Field(description="Up to 500 ids; one that is named twice counts once.")
    action: Action
    priority: Priority | None = Field(None, description="With `priority`.")
    devices: int | None = Field(None, strict=True, ge=1, le=64, description="With `devices`.")
    name: Name | None = Field(None, description="With `rename`.")
    tag: TagText | None = Field(
        None, description="With `tag` and `untag`; commas separate several."
    )

    @model_validator(mode="after")
    def _complete(self) -> Selection:
        needed = _NEEDS.get(self.action)
        if needed and getattr(self, needed) is None:
            raise ValueError(f"the action {self.action} needs the field {needed}")
        return self

    def do(self, session: Session, run_id: int) -> Run:
        """The action on one run; raises NotFound and Conflict."""
        match self.action:
            case Action.PRIORITY:
                return requests.prioritise(session, run_id, self.priority or 0)
            case Action.DEVICES:
                return requests.set_devices(session, run_id, self.devices or 1)
            case Action.RENAME:
                return requests.rename(session, run_id, self.name or "")
            case Action.TAG:
                return requests.tag(session, run_id, split(self.tag or ""))
            case Action.UNTAG:
                return requests.untag(session, run_id, split(self.tag or ""))
        return _PLAIN[self.action](session, run_id)


@router.post("/actions")
def act(
    body: Selection, database: Db, config: Config, background: BackgroundTasks
) -> Json[ActionResults]:
    """Does one thing with many runs: each of them is changed, or its result says why not."""
    with database.write() as session:
        results = [_result(session, body, run_id) for run_id in dict.fromkeys(body.ids)]
    if body.action in _WAKING:
        background.add_task(nudge, config)
    return Json({"done": RULES[body.action].done, "results": results})


def _result(session: Session, body: Selection, run_id: int) -> ActionResult:
    state = runs.state_of(session, run_id)
    was = None if state is None else RunState(state)
    try:
        run = body.do(session, run_id)
    except (NotFound, Conflict, NotYours, SpecError) as error:
        return {"id": run_id, "was": was, "error": _refused(error)}
    said = outcome(body.action, run.id, run.name, run.state)
    if body.action == Action.DELETE and (kept := forks.of(session, run_id)):
        numbers = ", ".join(f"#{number}" for number in kept)
        said += f" Its {'fork' if len(kept) == 1 else 'forks'} ({numbers}) keep what they need."
    acted: ActedRun = {"id": run.id, "name": run.name, "state": RunState(run.state)}
    return {"id": run_id, "was": was, "run": acted, "message": said}


def _refused(error: NotFound | Conflict | NotYours | SpecError) -> ActionRefusal:
    one = several = re.sub(r"^Run \d+ ", "", str(error).removesuffix("."))
    if isinstance(error, NotFound):
        one, several = "is gone", "are gone"
    elif isinstance(error, NotYours):
        one, several = "belongs to somebody else", "belong to somebody else"
    elif isinstance(error, Refused):
        one, several = error.refusal.one, error.refusal.several
    code = ErrorCode.INVALID if isinstance(error, SpecError) else error.code
    return {"code": code, "message": str(error), "one": one, "several": several}
