"""Unpacks gzipped request bodies; refuses those that are too large, counted while they stream in
and as unpacked, or that stop arriving."""

from __future__ import annotations

import asyncio
import re
import zlib

from starlette.datastructures import Headers
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.core.error_codes import ErrorCode
from backend.server.answers import error_answer

LIMIT = 1024 * 1024  # bytes; a spec has some hundred
LARGER_LIMIT = 16 * LIMIT  # of what a loop logs: thousands of points, a matrix, a diff
_LARGER = re.compile(r"/api/runs/[^/]+/(log|origin|matrices/[^/]+/[^/]+)$")
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
        limit = LARGER_LIMIT if _LARGER.search(scope["path"]) else self.limit
        headers = Headers(scope=scope)
        encoding = headers.get("content-encoding", "identity").strip().lower()
        if encoding not in ("identity", "gzip", "x-gzip"):
            await _unknown_encoding(encoding)(scope, receive, send)
            return
        length = headers.get("content-length", "")
        if length.isdecimal() and (len(length) > 18 or int(length) > limit):
            await _too_large(limit)(scope, receive, send)
            return
        if not length and "transfer-encoding" not in headers:
            await self.app(scope, receive, send)  # no body: what arrives next is the client's end
            return
        unpack = _Gunzip(limit) if "gzip" in encoding else None
        await self._watched(scope, receive, send, limit, unpack)

    async def _watched(
        self, scope: Scope, receive: Receive, send: Send, limit: int, gunzip: _Gunzip | None
    ) -> None:
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
                complete = not message.get("more_body", False)
                if gunzip is not None and message["type"] == "http.request":
                    try:
                        message = {**message, "body": gunzip(message.get("body", b""), complete)}
                    except zlib.error:
                        refusal = _broken_gzip()
                size += len(message.get("body", b""))
                if size > limit:
                    refusal = _too_large(limit)
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

    def _too_late(self) -> Response:
        message = f"No part of the body arrived for {self.patience:g} seconds; send it again."
        return error_answer(ErrorCode.TIMEOUT, message, headers={"Connection": "close"})


class _Gunzip:
    """Unpacks pieces of a gzip stream, and no more than one byte beyond `limit` in all: a body of
    some kilobytes may unpack to gigabytes."""

    def __init__(self, limit: int) -> None:
        self._stream = zlib.decompressobj(16 + zlib.MAX_WBITS)
        self._left = limit + 1

    def __call__(self, piece: bytes, last: bool) -> bytes:
        """Raises zlib.error for what is no gzip stream, or ends too early."""
        if self._left <= 0:
            return b""
        unpacked = self._stream.decompress(piece, self._left)
        self._left -= len(unpacked)
        if self._left > 0 and ((last and not self._stream.eof) or self._stream.unused_data):
            raise zlib.error("not one whole gzip stream")
        return unpacked


def _too_large(limit: int) -> Response:
    message = f"The body is larger than {limit} bytes."
    return error_answer(ErrorCode.TOO_LARGE, message, headers={"Connection": "close"})


def _broken_gzip() -> Response:
    message = "The body is not gzip, as its Content-Encoding says, or breaks off."
    return error_answer(ErrorCode.BAD_REQUEST, message, headers={"Connection": "close"})


def _unknown_encoding(encoding: str) -> Response:
    message = f"Content-Encoding {encoding[:40]!r} is not taken; send the body plain or gzipped."
    return error_answer(ErrorCode.UNSUPPORTED, message, headers={"Connection": "close"})
