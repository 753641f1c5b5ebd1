"""One tail of the events table for all viewers of this process.

While anybody watches, one task reads new events every quarter of a second and hands them, already
encoded, to the viewers' queues. A viewer first reads what it missed from the database, and does
so again when its queue overflows, so nothing is lost and a slow viewer costs no memory.

A cursor beyond the last id that the database gave out comes from another one: an older database was
restored under the lab. What such a viewer shows is no longer so; `reset` tells it to load anew.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count

from fastapi.sse import format_sse_event
from pydantic_core import to_json

from backend.core.run_states import FINAL
from backend.store import events, runs
from backend.store.database import Database
from backend.store.events import EventRow

log = logging.getLogger("ols.web")

INTERVAL = 0.25  # seconds between two reads of the table
LOOKS = 8  # of them between two checks that ids have not gone back
HEARTBEAT = 15.0  # seconds without an event after which a comment keeps proxies awake
QUEUE = 1000  # events that a slow viewer may lag before it reads them from the database
BATCH = 500

RESET = "reset"

_COMMENT = b": still here\n\n"
_POLL = b"retry: 2000\n\n"  # milliseconds after which a browser that polls asks again
_OPENING = b"retry: 1000\n\n"  # milliseconds; also makes the browser's `open` fire at once


@dataclass(frozen=True, slots=True)
class EncodedEvent:
    """An event and its bytes in a stream, encoded once for all viewers."""

    id: int
    run_id: int
    ends_run: bool
    data: bytes


class Viewer:
    """One open stream: its queue, and whether it must read from the database first.

    `run_ids`: those it follows; None: all.
    """

    def __init__(self, run_ids: Collection[int] | None) -> None:
        self.run_ids = run_ids
        self.queue: list[EncodedEvent] = []
        self.behind = True
        self.restored = False  # the database is an older one
        self.news = asyncio.Event()

    def give(self, item: EncodedEvent) -> None:
        """Queues an event unless the viewer reads from the database anyway."""
        if self.behind or (self.run_ids is not None and item.run_id not in self.run_ids):
            return
        if len(self.queue) >= QUEUE:
            self.queue.clear()
            self.behind = True
        else:
            self.queue.append(item)
        self.news.set()

    def take(self, cursor: int) -> list[EncodedEvent]:
        """What was queued, without what the viewer has read from the database already."""
        fresh = [item for item in self.queue if item.id > cursor]
        self.queue.clear()
        return fresh


class Tail:
    """Follows the events table while somebody watches."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._viewers: set[Viewer] = set()
        self._cursor = 0
        self._task: asyncio.Task[None] | None = None
        self._starting = asyncio.Lock()
        self._closing = False

    @property
    def viewers(self) -> int:
        """How many streams are open."""
        return len(self._viewers)

    def close(self) -> None:
        """Ends all streams; the server shuts down."""
        self._closing = True
        for viewer in self._viewers:
            viewer.news.set()

    def stream_of_one(self, cursor: int, run_id: int) -> AsyncGenerator[bytes]:
        """One run's events after `cursor`; ends with `end` once its state is final."""
        return self.stream(cursor, frozenset({run_id}), ends_with=run_id)

    async def missed(
        self, cursor: int, run_ids: Collection[int] | None = None
    ) -> AsyncGenerator[bytes]:
        """The events after `cursor` that there are, and then the end: for a browser that polls."""
        yield _POLL
        given = await asyncio.to_thread(self._last_given)
        if cursor > given:
            yield _reset(given)
            cursor = given
        async for batch in self._missed(cursor, run_ids):
            yield _joined(batch)

    async def stream(
        self,
        cursor: int,
        run_ids: Collection[int] | None = None,
        *,
        ends_with: int | None = None,
    ) -> AsyncGenerator[bytes]:
        """Events after `cursor` as server-sent events, of these runs or of all."""
        yield _OPENING
        with self._watching(run_ids) as viewer:
            await self._start()
            look = ends_with is not None  # the run may have ended before we came
            viewer.restored |= cursor > await asyncio.to_thread(self._last_given)
            while not self._closing:
                if viewer.restored:
                    viewer.restored = False
                    cursor = await asyncio.to_thread(self._last_given)
                    viewer.behind, look = True, ends_with is not None
                    yield _reset(cursor)
                if viewer.behind:
                    viewer.queue.clear()
                    viewer.behind = False  # from here on the tail queues what is new
                    async for batch in self._missed(cursor, run_ids):
                        cursor, look = batch[-1].id, look or _ends_one(batch)
                        yield _joined(batch)
                if viewer.behind:  # again, meanwhile
                    continue
                if fresh := viewer.take(cursor):
                    cursor, look = fresh[-1].id, look or _ends_one(fresh)
                    yield _joined(fresh)
                    continue
                if look and ends_with is not None:
                    look = False
                    if end := await asyncio.to_thread(self._end, cursor, ends_with):
                        yield end
                        return
                if not await self._news(viewer):
                    yield _COMMENT

    async def _news(self, viewer: Viewer) -> bool:
        """Waits for something to do; False when nothing came for long."""
        idle = not (viewer.queue or viewer.behind or viewer.restored or self._closing)
        if idle:
            viewer.news.clear()
            with suppress(TimeoutError):
                async with asyncio.timeout(HEARTBEAT):  # wait_for would need a task for each
                    await viewer.news.wait()
                return True
            return False
        return True

    async def _missed(
        self, cursor: int, run_ids: Collection[int] | None
    ) -> AsyncIterator[list[EncodedEvent]]:
        while not self._closing:
            batch = await asyncio.to_thread(self._read, cursor, run_ids)
            if batch:
                cursor = batch[-1].id
                yield batch
            if len(batch) < BATCH:
                return

    @contextmanager
    def _watching(self, run_ids: Collection[int] | None) -> Iterator[Viewer]:
        viewer = Viewer(run_ids)
        self._viewers.add(viewer)
        try:
            yield viewer
        finally:
            self._viewers.discard(viewer)

    async def _start(self) -> None:
        async with self._starting:
            if self._task is None:
                self._cursor = await asyncio.to_thread(self._last_given)
                self._task = asyncio.create_task(self._follow())

    async def _follow(self) -> None:
        for look in count():
            if not self._viewers or self._closing:
                break
            try:
                batch = await asyncio.to_thread(self._read, self._cursor, None)
                if not batch and look % LOOKS == 0:
                    self._start_over(await asyncio.to_thread(self._last_given))
            except Exception:
                log.exception("the events could not be read; trying again")
                await asyncio.sleep(1)
                continue
            for item in batch:
                self._cursor = item.id
                for viewer in self._viewers:
                    viewer.give(item)
            if len(batch) < BATCH:
                await asyncio.sleep(INTERVAL)
        self._task = None

    def _start_over(self, given: int) -> None:
        """Where the ids have gone back."""
        if given >= self._cursor:
            return
        log.warning("the database is an older one than a moment ago: open pages load anew")
        self._cursor = given
        for viewer in self._viewers:
            viewer.restored = True
            viewer.news.set()

    def _read(self, cursor: int, run_ids: Collection[int] | None) -> list[EncodedEvent]:
        with self._database.read() as session:
            return [encode(row) for row in events.after(session, cursor, run_ids, limit=BATCH)]

    def _last_given(self) -> int:
        with self._database.read() as session:
            return events.last_given(session)

    def _end(self, cursor: int, run_id: int) -> bytes | None:
        """The last event of a run's stream, None while the run can still change."""
        with self._database.read() as session:
            state = runs.state_of(session, run_id)
        if state is not None and state not in FINAL:
            return None
        data = to_json({"run_id": run_id, "state": state or "deleted"}).decode()
        return format_sse_event(event="end", id=str(cursor), data_str=data)


def _reset(cursor: int) -> bytes:
    """Another database is there: the page loads anew and continues from here."""
    return format_sse_event(event=RESET, id=str(cursor), data_str="{}")


def _joined(items: Sequence[EncodedEvent]) -> bytes:
    """In one piece: each that is sent costs the server more than its bytes."""
    return b"".join([item.data for item in items])


def _ends_one(items: Sequence[EncodedEvent]) -> bool:
    return any(item.ends_run for item in items)


def encode(row: EventRow) -> EncodedEvent:
    """An event as bytes of a stream."""
    final = row.data.get("state") in FINAL or bool(row.data.get("deleted"))
    data = to_json(row.data, inf_nan_mode="null").decode()
    text = format_sse_event(event=row.kind, id=str(row.id), data_str=data)
    return EncodedEvent(row.id, row.run_id, row.kind == "state" and final, text)
