"""What the web process counts of itself for /metrics: requests and how soon they are answered."""

from __future__ import annotations

import time

from prometheus_client import CollectorRegistry, Histogram, ProcessCollector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class Instruments:
    """One registry for each application: tests have several in a process."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        ProcessCollector(registry=self.registry)
        self.requests = Histogram(
            "ols_http_request_seconds",
            "From a request's arrival to the headers of its response.",
            ["method", "route", "status"],
            buckets=SECONDS,
            registry=self.registry,
        )


class CountRequests:
    """Middleware: notes each answer under its route, never under its address."""

    def __init__(self, app: ASGIApp, instruments: Instruments) -> None:
        self.app = app
        self._requests = instruments.requests

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began = time.perf_counter()

        async def watched(message: Message) -> None:
            if message["type"] == "http.response.start":
                labels = (_method(scope), _route(scope), str(message["status"]))
                self._requests.labels(*labels).observe(time.perf_counter() - began)
            await send(message)

        await self.app(scope, receive, watched)


def _method(scope: Scope) -> str:
    """Of the usual ones: anybody can make up others, and each would be a series for ever."""
    usual = ("GET", "HEAD", "POST", "PATCH", "DELETE", "OPTIONS")
    return scope["method"] if scope["method"] in usual else "other"


def _route(scope: Scope) -> str:
    """`/api/runs/{run_id}`; what no route answers counts as one."""
    return getattr(scope.get("route"), "path", "none")
