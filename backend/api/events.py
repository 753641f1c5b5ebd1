"""Server-sent events. The last event's id is the cursor."""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Header, Query, Response

from backend.api.media import TEXT, Responses, media
from backend.api.numbers import LARGEST_EVENT, RunId
from backend.api.params import Db, LiveTail, RunNumbers, split
from backend.core.run_states import FINAL
from backend.server.event_streams import EventStream, Pieces
from backend.server.late_routes import Router
from backend.store import events, runs
from backend.store.database import Database
from backend.store.errors import NotFound
from backend.store.run_numbers import natural

router = Router(prefix="/api", tags=["events"])

AfterEvent = Annotated[
    int | None,
    Query(ge=0, le=LARGEST_EVENT, description="Id of the last event seen; none: from now."),
]
LastEventId = Annotated[str, Header(description="Sent by a browser that reconnects.")]


_STREAM = media("text/event-stream", schema=TEXT)
_RUN_STREAM: Responses = {
    **_STREAM,
    204: {"description": "The run is final and all its events were seen; stay away."},
}
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Accel-Buffering": "no",  # nginx would hold events back
}


@router.get("/events", response_class=EventStream, responses=_STREAM)
async def all_runs(
    database: Db,
    tail: LiveTail,
    runs: RunNumbers = "",
    after: AfterEvent = None,
    once: Annotated[
        bool, Query(description="End after what was missed; the browser asks again by itself.")
    ] = False,
    last_event_id: LastEventId = "",
) -> Response:
    """States, progress and new epochs of all runs or of those named, as server-sent events.

    `state`: the run as it is now; with `deleted` true it was deleted, false again restored.
    `progress`: within an epoch; only a run's newest is kept. `epoch`: metrics, warnings and the
    versions of the matrices. `reset`: an older database was restored; what was fetched before
    is no longer so. An event's id is the cursor: `after` at first, `Last-Event-ID` on a
    reconnection; without one the stream starts now. Events are kept for two days.
    """
    cursor = await asyncio.to_thread(_start, database, _cursor(last_event_id, after))
    run_ids = frozenset(map(int, split(runs))) or None
    return _stream(tail.missed(cursor, run_ids) if once else tail.stream(cursor, run_ids))


@router.get("/runs/{run_id}/events", response_class=EventStream, responses=_RUN_STREAM)
async def one_run(
    run_id: RunId,
    database: Db,
    tail: LiveTail,
    after: AfterEvent = None,
    last_event_id: LastEventId = "",
) -> Response:
    """One run's events, then `end` once its state is final; a reconnection then gets 204."""
    given = _cursor(last_event_id, after)
    if await asyncio.to_thread(_is_over, database, run_id, given):
        return Response(status_code=204)
    cursor = await asyncio.to_thread(_start, database, given)
    return _stream(tail.stream_of_one(cursor, run_id))


def _stream(pieces: Pieces) -> Response:
    return EventStream(pieces, headers=_HEADERS)


def _cursor(last_event_id: str, after: int | None) -> int | None:
    """The header counts more: it is newer than the address that the page was opened with."""
    number = natural(last_event_id, LARGEST_EVENT)
    return after if number is None else number


def _start(database: Database, cursor: int | None) -> int:
    """Where a stream begins: after what was seen, else now."""
    if cursor is not None:
        return cursor
    with database.read() as session:
        return events.last_id(session)


def _is_over(database: Database, run_id: int, cursor: int | None) -> bool:
    with database.read() as session:
        state = runs.state_of(session, run_id)
        if state is None:
            raise NotFound(f"There is no run {run_id}.")
        if state not in FINAL or cursor is None:
            return False
        # One beyond the last has seen the events of another database (backend.server.live_events).
        return events.last_id(session, run_id) <= cursor <= events.last_given(session)
