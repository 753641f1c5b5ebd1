"""An open event stream holds what sends it, and nothing of what answered the request.

Left to itself a response is sent from within all that led to it: FastAPI's frames and exit stacks,
those that check bodies, compress and catch errors stay until the stream ends, 20 kB of each
(benchmarks/results/memory.md). Here the response sends its head alone and hands its pieces to a
middleware further out, which sends them once everything within has returned.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing

from starlette.responses import StreamingResponse
from starlette.types import ASGIApp, Receive, Scope, Send

Pieces = AsyncGenerator[bytes]

_HANDED = "ols.event_stream"


class EventStream(StreamingResponse):
    """Bytes of events. FastAPI's EventSourceResponse would encode each event for each viewer."""

    media_type = "text/event-stream"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Sends the head; SendStreams sends the rest."""
        scope[_HANDED] = self.body_iterator
        head = {"type": "http.response.start", "status": self.status_code}
        await send({**head, "headers": self.raw_headers})


class SendStreams:
    """Middleware: sends the events of a stream until they end or its reader goes away."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        given = set(scope)
        await self.app(scope, receive, send)
        pieces: Pieces | None = scope.get(_HANDED)
        if pieces is None:
            return
        for name in scope.keys() - given:  # the server keeps the scope, with what routes put there
            del scope[name]
        async with asyncio.TaskGroup() as group:
            sending = group.create_task(_send(pieces, send))
            while (await receive())["type"] != "http.disconnect":
                pass
            sending.cancel()


async def _send(pieces: Pieces, send: Send) -> None:
    async with aclosing(pieces):
        async for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})
