"""`python -m backend mcp`: the lab for agents, by stdin and stdout or by HTTP with the token."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from mcp.server.mcpserver import MCPServer
from starlette.applications import Starlette
from starlette.types import ASGIApp

from backend.agents import reading, writing
from backend.agents.answers import INSTRUCTIONS
from backend.agents.lab import LabApi
from backend.core.settings import Settings
from backend.server.door import Door
from backend.server.security import Security
from ols.version import __version__


def build(lab: LabApi, budget: int | None = None) -> MCPServer[None]:
    """The server; it changes nothing without a `budget` of runs."""

    @asynccontextmanager
    async def running(_: MCPServer[None]) -> AsyncIterator[None]:
        async with lab.running():
            yield

    server: MCPServer[None] = MCPServer(
        "ols-lab",
        title="OLS Lab",
        instructions=INSTRUCTIONS,
        version=__version__,
        lifespan=running,
        log_level="WARNING",
    )
    reading.add_tools(server, lab)
    if budget is not None:
        writing.add_tools(server, lab, budget)
    return server


def over_http(server: MCPServer[Any], settings: Settings, door: Door) -> ASGIApp:
    """At `/mcp`, behind the lab's own door: a person's token or OLS_TOKEN as a bearer, or this
    machine alone."""
    app: Starlette = server.streamable_http_app(host=settings.host)
    return Security(app, settings=settings, door=door)


def serve(settings: Settings, *, port: int | None, budget: int | None, person: str) -> int:
    """Until the agent hangs up (stdio), or SIGTERM (HTTP, with a `port`)."""
    # stdout is the protocol's.
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING)
    lab = LabApi(settings, person)
    server = build(lab, budget)
    if port is None:
        server.run()
    else:
        app = over_http(server, settings, lab.door)
        uvicorn.run(app, host=settings.host, port=port, log_level="warning")
    return 0
