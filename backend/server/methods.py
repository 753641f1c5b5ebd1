"""HEAD wherever GET answers, and the truth about which methods an address takes."""

from __future__ import annotations

import re
from functools import cache

from anyio import CancelScope
from fastapi import Request
from starlette.routing import compile_path
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from backend.server.addresses import below


class HeadRequests:
    """Middleware: answers HEAD as GET would, without the body.

    The application sees GET, and is stopped once it has sent the head: an event stream would run on
    for ever.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["method"] != "HEAD":
            await self.app(scope, receive, send)
            return

        async def head_alone(message: Message) -> None:
            if message["type"] != "http.response.start" or work.cancel_called:
                return
            scope["method"] = "HEAD"  # for whoever counts requests
            await send(message)
            await send({"type": "http.response.body", "body": b"", "more_body": False})
            work.cancel()

        scope["method"] = "GET"
        with CancelScope() as work:
            await self.app(scope, receive, head_alone)


def allowed(request: Request) -> list[str]:
    """The methods that some route takes at this address; none where there is nothing."""
    methods = {
        method
        for route in request.app.routes
        if route.path and _pattern(route.path).match(below(request.url.path))
        for method in route.methods or ()
    }
    if "GET" in methods:
        methods.add("HEAD")
    return sorted({*methods, "OPTIONS"}) if methods else []


@cache
def _pattern(path: str) -> re.Pattern[str]:
    return compile_path(path)[0]
