"""A run's log and its last checkpoint."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Header, HTTPException, Query, Response
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse

from backend.api.params import After, Config, Db, RunId
from backend.api.ranges import byte_range
from backend.settings import Settings
from backend.store import runs
from backend.store.errors import NotFound
from backend.store.files import CHUNK, last_checkpoint, log_sources, read_log
from backend.store.objects import Stored, object_store

BYTES = "application/octet-stream"

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
    part = read_log(log_sources(config, run_id), after, tail=tail)
    headers = {
        "X-Log-Next": str(part.next),
        "X-Log-Size": str(part.size),
        "Cache-Control": "no-cache",
    }
    return PlainTextResponse(part.data, headers=headers)


@router.get("/checkpoint", response_class=FileResponse)
def checkpoint(
    run_id: RunId,
    database: Db,
    config: Config,
    wanted: Annotated[str, Header(alias="Range", include_in_schema=False)] = "",
) -> Response:
    """The last checkpoint as a file; load it with `weights_only=True`."""
    with database.read() as session:
        runs.require(session, run_id)
    found = last_checkpoint(config, run_id)
    if found is None:
        raise NotFound(f"Run {run_id} has no checkpoint yet; one is written after each epoch.")
    if isinstance(found, Stored):
        return _from_store(config, found, wanted, f"run-{run_id}.pt")
    return FileResponse(
        found,
        media_type=BYTES,
        filename=f"run-{run_id}.pt",
        headers={"Cache-Control": "no-cache"},
    )


def _from_store(config: Settings, found: Stored, wanted: str, name: str) -> Response:
    """As FileResponse answers: the whole, or the one range of bytes that is asked for."""
    store = object_store(config)
    assert store is not None
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-cache",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    part = byte_range(wanted, found.size)
    if part is None:
        whole = store.stream(found, 0, found.size)
        headers["Content-Length"] = str(found.size)
        return StreamingResponse(whole, media_type=BYTES, headers=headers)
    start, end = part
    if start >= end:
        headers = {"Content-Range": f"bytes */{found.size}"}
        message = f"The checkpoint has {found.size} bytes; range {wanted[:40]!r} is beyond."
        raise HTTPException(416, message, headers)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{found.size}"
    headers["Content-Length"] = str(end - start)
    return StreamingResponse(store.stream(found, start, end), 206, headers, BYTES)
