"""A run's log and its checkpoints."""

from __future__ import annotations

from typing import Annotated

from fastapi import Header, HTTPException, Query, Response
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse

from backend.api.media import TEXT, Responses, header, media
from backend.api.numbers import RunId
from backend.api.params import Config, Db
from backend.api.ranges import byte_range
from backend.core.settings import Settings
from backend.schemas.runs import CheckpointList
from backend.server.answers import Json
from backend.server.late_routes import Router
from backend.store import runs
from backend.store.checkpoints import Checkpoint, checkpoints
from backend.store.errors import NotFound
from backend.store.files import CHUNK, log_sources, read_log
from backend.store.objects import StoredObject, object_store
from backend.store.run_identity import identity_of

BYTES = "application/octet-stream"

_LOG = media(
    "text/plain",
    schema=TEXT,
    headers={
        "X-Log-Next": header("The byte to read on from.", "integer"),
        "X-Log-Size": header("The whole log's size in bytes.", "integer"),
    },
)
_FILE = {
    "Accept-Ranges": header("`bytes`: a part can be asked for."),
    "Content-Disposition": header("The file's name."),
}
_RANGE = {"Content-Range": header("Which bytes these are, and of how many.")}
_CHECKPOINT: Responses = {
    **media(BYTES, headers=_FILE),
    **media(BYTES, headers={**_FILE, **_RANGE}, status=206),
    416: {"headers": _RANGE},
}

router = Router(prefix="/api/runs/{run_id}", tags=["files"])


@router.get("/log", response_class=PlainTextResponse, responses=_LOG)
def log(
    run_id: RunId,
    database: Db,
    config: Config,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="A byte of the log.")] = 0,
    tail: Annotated[
        int | None, Query(ge=0, le=CHUNK, description="Only this many bytes from the end.")
    ] = None,
) -> Response:
    """The log from byte `after`, at most 1 MiB; read on from the byte that `X-Log-Next` names.

    `X-Log-Size` is the whole log's size in bytes.
    """
    with database.read() as session:
        runs.require(session, run_id)
        run = identity_of(session, run_id)
    part = read_log(log_sources(config, run), after, tail=tail)
    headers = {
        "X-Log-Next": str(part.next),
        "X-Log-Size": str(part.size),
        "Cache-Control": "no-cache",
    }
    return PlainTextResponse(part.data, headers=headers)


@router.get("/checkpoints")
def listing(run_id: RunId, database: Db, config: Config) -> Json[CheckpointList]:
    """The epochs whose checkpoints are kept."""
    with database.read() as session:
        runs.require(session, run_id)
        run = identity_of(session, run_id)
    kept = checkpoints(config, run)
    return Json({"checkpoints": [{"epoch": one.epoch, "bytes": one.size} for one in kept]})


@router.get("/checkpoint", response_class=FileResponse, responses=_CHECKPOINT)
def checkpoint(
    run_id: RunId,
    database: Db,
    config: Config,
    epoch: Annotated[
        str, Query(pattern=r"^(last|best|\d{1,9})$", description="A number, `last` or `best`.")
    ] = "last",
    wanted: Annotated[str, Header(alias="Range", include_in_schema=False)] = "",
) -> Response:
    """A checkpoint as a file, the last one unless said otherwise; load it with
    `weights_only=True`. `best`: of the epoch with the highest validation top-1.
    """
    with database.read() as session:
        best = runs.best_epoch(session, run_id)
        run = identity_of(session, run_id)
    saved = _choose(checkpoints(config, run), run_id, str(best) if epoch == "best" else epoch)
    name = f"run-{run_id}-epoch-{saved.epoch}.pt"
    if isinstance(saved.place, StoredObject):
        return _from_store(config, saved.place, wanted, name)
    headers = {"Cache-Control": "no-cache"}
    return FileResponse(saved.place, media_type=BYTES, filename=name, headers=headers)


def _choose(kept: list[Checkpoint], run_id: int, epoch: str) -> Checkpoint:
    if not kept:
        raise NotFound(f"Run {run_id} has no checkpoint yet; one is written after each epoch.")
    if epoch == "last":
        return kept[-1]
    for one in kept:
        if one.epoch == int(epoch):
            return one
    epochs = ", ".join(str(one.epoch) for one in kept)
    raise NotFound(
        f"Run {run_id} keeps no checkpoint of epoch {epoch}; there are those of {epochs}."
    )


def _from_store(config: Settings, stored: StoredObject, wanted: str, name: str) -> Response:
    """As FileResponse answers: the whole, or the one range of bytes that is asked for."""
    store = object_store(config)
    assert store is not None
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "no-cache",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    part = byte_range(wanted, stored.size)
    if part is None:
        whole = store.stream(stored, 0, stored.size)
        headers["Content-Length"] = str(stored.size)
        return StreamingResponse(whole, media_type=BYTES, headers=headers)
    start, end = part
    if start >= end:
        headers = {"Content-Range": f"bytes */{stored.size}"}
        message = f"The checkpoint has {stored.size} bytes; range {wanted[:40]!r} is beyond."
        raise HTTPException(416, message, headers)
    headers["Content-Range"] = f"bytes {start}-{end - 1}/{stored.size}"
    headers["Content-Length"] = str(end - start)
    return StreamingResponse(store.stream(stored, start, end), 206, headers, BYTES)
