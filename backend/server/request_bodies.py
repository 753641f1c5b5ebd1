"""Refuses request bodies that are too large, counted while they stream in, or stop arriving."""

from __future__ import annotations

import asyncio

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.error_codes import ErrorCode
from backend.server.answers import error_answer

LIMIT = 1024 * 1024  # bytes; a spec has some hundred
PATIENCE = 15.0  # seconds for the next piece of a body


class RequestBodies:
    """413 or 408 in the API's shape, whether the body's length was announced or not."""

    def __init__(self, app: ASGIApp, limit: int = LIMIT, patience: float = PATIENCE) -> None:
        self.app = app
        self.limit = limit
        self.patience = patience

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        length = headers.get("content-length", "")
        if length.isdecimal() and (len(length) > 18 or int(length) > self.limit):
            await self._too_large()(scope, receive, send)
            return
        if not length and "transfer-encoding" not in headers:
            await self.app(scope, receive, send)  # no body: what arrives next is the client's end
            return
        await self._watched(scope, receive, send)

    async def _watched(self, scope: Scope, receive: Receive, send: Send) -> None:
        size, complete, answered = 0, False, False
        refusal: Response | None = None

        async def piece() -> Message:
            nonlocal size, complete, refusal
            if complete:
                return await receive()  # waits for the client to go away
            try:
                async with asyncio.timeout(self.patience):
                    message = await receive()
            except TimeoutError:
                refusal = self._too_late()
            else:
                size += len(message.get("body", b""))
                complete = not message.get("more_body", False)
                if size > self.limit:
                    refusal = self._too_large()
            if refusal is not None:
                complete = True
                # The application sees a body that breaks off; what it answers is replaced.
                return {"type": "http.disconnect"}
            return message

        async def replaced(message: Message) -> None:
            nonlocal answered
            if refusal is None:
                await send(message)
            elif not answered:
                answered = True
                await refusal(scope, receive, send)

        try:
            await self.app(scope, piece, replaced)
        finally:
            if refusal is not None and not answered:
                await refusal(scope, receive, send)

    def _too_large(self) -> Response:
        message = f"The body is larger than {self.limit} bytes."
        return error_answer(ErrorCode.TOO_LARGE, message, headers={"Connection": "close"})

    def _too_late(self) -> Response:
        message = f"No part of the body arrived for {self.patience:g} seconds; send it again."
        return error_answer(ErrorCode.TIMEOUT, message, headers={"Connection": "close"})
