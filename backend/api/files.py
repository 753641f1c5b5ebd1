"""A run's log and its last checkpoint."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, Response
from fastapi.responses import FileResponse, PlainTextResponse

from backend.api.params import After, Config, Db, RunId
from backend.store import runs
from backend.store.errors import NotFound
from backend.store.files import CHUNK, last_checkpoint, read_log

router = APIRouter(prefix="/api/runs/{run_id}", tags=["files"])


@router.get("/log", response_class=PlainTextResponse)
def log(
    run_id: RunId,
    database: Db,
    config: Config,
    after: After = 0,
    tail: Annotated[
        int | None, Query(ge=0, le=CHUNK, description="Only this many bytes from the end.")
    ] = None,
) -> Response:
    """The captured output from byte `after`, at most 1 MiB; go on from header `X-Log-Next`.

    `X-Log-Size` is the whole log's size in bytes.
    """
    with database.read() as session:
        runs.require(session, run_id)
    part = read_log(config.log_path(run_id), after, tail=tail)
    headers = {
        "X-Log-Next": str(part.next),
        "X-Log-Size": str(part.size),
        "Cache-Control": "no-cache",
    }
    return PlainTextResponse(part.data, headers=headers)


@router.get("/checkpoint", response_class=FileResponse)
def checkpoint(run_id: RunId, database: Db, config: Config) -> Response:
    """The last checkpoint as a file; load it with `weights_only=True`."""
    with database.read() as session:
        runs.require(session, run_id)
    path = last_checkpoint(config.checkpoint_dir(run_id))
    if path is None:
        raise NotFound(f"Run {run_id} has no checkpoint yet; one is written after each epoch.")
    return FileResponse(
        path,
        media_type="application/octet-stream",
        filename=f"run-{run_id}.pt",
        headers={"Cache-Control": "no-cache"},
    )
