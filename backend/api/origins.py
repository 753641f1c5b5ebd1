"""Where a run comes from: the code, the command, the machine and the packages of its attempts.

GET /api/runs/{id}/origin                      of each attempt
GET /api/runs/{id}/origin/{attempt}/changes    the diff of its code, where that was recorded
PUT /api/runs/{id}/origin                      what a loop of its own says of itself
"""

from __future__ import annotations

from typing import Annotated

from fastapi.responses import PlainTextResponse
from pydantic import Field

from backend.api.bodies import JsonBody
from backend.api.media import TEXT, media
from backend.api.numbers import AttemptNumber, RunId
from backend.api.params import Config, Db
from backend.schemas.origins import RunOrigins, StoredOrigin
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import logged_runs, origins, runs
from ols.provenance.origin import Facts

router = Router(prefix="/api/runs/{run_id}/origin", tags=["runs"])

MOST_CHANGES = 1_000_000  # characters
MOST_PACKAGES = 5000

Line = Annotated[str, Field(max_length=1000)]


class Checkout(JsonBody):
    """`branch` is empty where none is checked out; `dirty`: tracked files were changed."""

    commit: Annotated[str, Field(max_length=64)]
    branch: Line
    dirty: bool


class NewOrigin(JsonBody):
    """What a process says of itself; secrets are the sender's to mask (ols.provenance)."""

    command: Annotated[str, Field(max_length=20_000)] = ""
    host: Line = ""
    platform: Line = ""
    python: Line = ""
    driver: Annotated[Line, Field(description="NVIDIA's; empty without one.")] = ""
    git: Checkout | None = None
    packages: Annotated[dict[Line, Line], Field(max_length=MOST_PACKAGES)] = Field({})
    changes: Annotated[str, Field(max_length=MOST_CHANGES, description="A diff.")] = ""


@router.get("")
def listing(run_id: RunId, database: Db) -> Json[RunOrigins]:
    """Where each attempt came from, the newest first."""
    with database.read() as session:
        run = runs.get(session, run_id)
        return Json(
            {
                "data_fingerprint": run["info"].get("data_fingerprint") or None,
                "origins": origins.listing(session, run_id),
            }
        )


@router.get(
    "/{attempt}/changes",
    response_class=PlainTextResponse,
    responses=media("text/plain", schema=TEXT),
)
def changes(run_id: RunId, attempt: AttemptNumber, database: Db) -> PlainTextResponse:
    """The diff of an attempt's tracked files to its commit."""
    with database.read() as session:
        return PlainTextResponse(origins.changes(session, run_id, attempt))


@router.put("", status_code=201, responses={409: {}})
def put(run_id: RunId, body: NewOrigin, database: Db, config: Config) -> Json[StoredOrigin]:
    """Keeps what a loop of its own says of itself, once where it is started again unchanged."""
    facts: Facts = body.model_dump(exclude={"changes"})  # type: ignore[assignment]
    with database.write() as session:
        run = logged_runs.open_run(session, run_id, config.stale_seconds)
        attempt = origins.record_start(session, run_id, facts, body.changes)
        answer: StoredOrigin = {"attempt": attempt, "cancel_requested": run.cancel_requested}
    return Json(answer, 201)
