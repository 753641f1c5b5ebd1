"""What answered the request of an open stream has gone, and the stream ends in every way it can."""

from __future__ import annotations

import asyncio
import gc
import weakref
from collections.abc import AsyncGenerator
from typing import Any

import pytest
from fastapi import FastAPI, Request

from backend.server.event_streams import EventStream, SendStreams
from backend.server.methods import HeadRequests
from tests.support import loops


class Server:
    """An application with one stream, and a client's side of ASGI."""

    def __init__(self, method: str = "GET") -> None:
        self.app = FastAPI()
        self.app.add_middleware(SendStreams)
        self.app.add_middleware(HeadRequests)
        self.app.add_api_route("/events", self.answer)
        self.scope: dict[str, Any] = {
            "type": "http", "method": method, "path": "/events", "query_string": b"", "headers": [],
        }  # fmt: skip
        self.news = asyncio.Event()
        self.gone = asyncio.Event()
        self.closed = False
        self.request: weakref.ref[Request] | None = None
        self.sent: list[Any] = []

    async def answer(self, request: Request) -> EventStream:
        self.request = weakref.ref(request)
        return EventStream(self.pieces(), headers={"X-Head": "yes"})

    async def pieces(self) -> AsyncGenerator[bytes]:
        try:
            yield b"first"
            await self.news.wait()
            yield b"last"
        finally:
            self.closed = True

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if not message.get("more_body", True):
            self.gone.set()  # as uvicorn answers once all is sent

    async def receive(self) -> Any:
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def run(self) -> None:
        await self.app(self.scope, self.receive, self.send)

    async def opened(self) -> asyncio.Task[None]:
        """The answer, once the first piece has been sent."""
        task = asyncio.create_task(self.run())
        while len(self.sent) < 2:
            assert not task.done()
            await asyncio.sleep(0)
        return task

    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.sent[1:]]


def test_the_request_and_what_its_route_left_behind_are_gone_while_it_is_open() -> None:
    async def scene() -> None:
        server = Server()
        before = set(server.scope)
        task = await server.opened()
        gc.collect()
        assert server.request is not None
        assert server.request() is None
        assert set(server.scope) - before <= {"app", "root_path"}  # FastAPI's own, from before
        server.gone.set()
        await task

    loops.run(scene)


def test_it_ends_by_itself() -> None:
    async def scene() -> None:
        server = Server()
        task = await server.opened()
        server.news.set()
        await task
        head = server.sent[0]
        assert (b"x-head", b"yes") in head["headers"]
        assert (b"content-type", b"text/event-stream; charset=utf-8") in head["headers"]
        assert server.bodies() == [b"first", b"last", b""]
        assert [message["more_body"] for message in server.sent[1:]] == [True, True, False]
        assert server.closed

    loops.run(scene)


def test_it_ends_with_its_reader() -> None:
    async def scene() -> None:
        server = Server()
        task = await server.opened()
        server.gone.set()
        await task
        assert server.bodies() == [b"first"]
        assert server.closed

    loops.run(scene)


def test_it_ends_when_it_is_cancelled() -> None:
    async def scene() -> None:
        server = Server()
        task = await server.opened()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert server.closed

    loops.run(scene)


def test_an_error_within_it_breaks_the_connection() -> None:
    class Broken(Server):
        async def pieces(self) -> AsyncGenerator[bytes]:
            yield b"first"
            raise OSError("the database is gone")

    async def scene() -> None:
        server = Broken()
        with pytest.raises(ExceptionGroup) as raised:
            await server.run()
        assert isinstance(raised.value.exceptions[0], OSError)
        assert server.bodies() == [b"first"], "no end that looks like a good one"

    loops.run(scene)


def test_head_gets_the_head_alone() -> None:
    async def scene() -> None:
        server = Server("HEAD")
        await asyncio.wait_for(server.run(), 5)
        assert server.bodies() == [b""]

    loops.run(scene)
