"""Refuses request bodies above a limit, counted while they stream in."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.error_codes import ErrorCode
from backend.server.answers import error_answer

LIMIT = 1024 * 1024  # bytes; a spec has some hundred


class BodyLimit:
    """413 in the API's shape, whether the length was announced or not."""

    def __init__(self, app: ASGIApp, limit: int = LIMIT) -> None:
        self.app = app
        self.limit = limit

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        length = Headers(scope=scope).get("content-length", "")
        if length.isdecimal() and (len(length) > 18 or int(length) > self.limit):
            await self._refusal()(scope, receive, send)
            return

        size, exceeded, answered = 0, False, False

        async def counted() -> Message:
            nonlocal size, exceeded
            message = await receive()
            if message["type"] == "http.request":
                size += len(message.get("body", b""))
                if size > self.limit:
                    exceeded = True
                    # The application sees a body that breaks off; what it answers is replaced.
                    return {"type": "http.disconnect"}
            return message

        async def replaced(message: Message) -> None:
            nonlocal answered
            if not exceeded:
                await send(message)
            elif not answered:
                answered = True
                await self._refusal()(scope, receive, send)

        try:
            await self.app(scope, counted, replaced)
        finally:
            if exceeded and not answered:
                await self._refusal()(scope, receive, send)

    def _refusal(self) -> Response:
        return error_answer(
            ErrorCode.TOO_LARGE,
            f"The body is larger than {self.limit} bytes.",
            headers={"Connection": "close"},
        )
