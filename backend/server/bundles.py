"""Several questions as one request: what a page asks at the same time.

An epoch concerns up to ten parts of an open run page. Each of them asks for what it shows, and
none knows of the others; js/core/bundle.js sends their questions together. Each goes through the
whole application, so it is answered as if it had come alone.

The answer's bytes: the length of a head (uint32, little-endian), the head as JSON, a list of
`{"status", "headers", "bytes"}`, and the bodies in that order, gzipped where their headers say so.
"""

from __future__ import annotations

import asyncio
import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from fastapi import Request, Response
from starlette.types import ASGIApp, Message, Scope

BUNDLE = "application/vnd.ols.bundle"  # its parts are gzipped, so it is not gzipped again

# Who asks, and at which address: the checks in front of the application look at these.
_KEPT = (b"host", b"origin", b"cookie", b"authorization", b"sec-fetch-site", b"user-agent")
_SHARED = ("asgi", "http_version", "scheme", "server", "client", "root_path", "state")
_TOLD = ("content-type", "content-encoding")


async def answer_together(request: Request, paths: Sequence[str]) -> Response:
    """The answers to these GET requests, in their order; none of them may be an endless stream."""
    parts = await asyncio.gather(*(_ask(request.app, _scope(request, path)) for path in paths))
    facts = [
        {"status": part.status, "headers": part.headers, "bytes": len(part.body)} for part in parts
    ]
    head = json.dumps(facts).encode()
    whole = b"".join([struct.pack("<I", len(head)), head, *(part.body for part in parts)])
    return Response(whole, headers={"Cache-Control": "no-store"}, media_type=BUNDLE)


@dataclass
class _Part:
    status: int = 500
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


def _scope(request: Request, path: str) -> Scope:
    parts = urlsplit(path)
    headers = [(name, value) for name, value in request.headers.raw if name in _KEPT]
    return {
        **{name: request.scope[name] for name in _SHARED if name in request.scope},
        "type": "http",
        "method": "GET",
        "path": unquote(parts.path),
        "raw_path": parts.path.encode(),
        "query_string": parts.query.encode(),
        "headers": [*headers, (b"accept", b"*/*"), (b"accept-encoding", b"gzip")],
    }


async def _ask(app: ASGIApp, scope: Scope) -> _Part:
    part = _Part()
    gone = asyncio.Event()  # never: nobody hangs up on a part alone
    asked = False

    async def receive() -> Message:
        nonlocal asked
        if asked:
            await gone.wait()
        asked = True
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Message) -> None:
        if message["type"] == "http.response.start":
            part.status = message["status"]
            for name, value in message["headers"]:
                text = name.decode("latin-1").lower()
                if text in _TOLD or text.startswith("x-"):
                    part.headers[text] = value.decode("latin-1")
        else:
            part.body += message.get("body", b"")

    await app(scope, receive, send)
    return part
