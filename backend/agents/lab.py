"""The lab's own API, asked within this process: the same limits, checks and words as over HTTP."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx
from mcp.server.mcpserver.exceptions import ToolError
from starlette.concurrency import run_in_threadpool
from starlette.types import Receive, Scope, Send

from backend.app import create_app
from backend.core.actor import actor
from backend.core.settings import Settings
from backend.server.door import ACTOR, Door


class LabApi:
    """Raises ToolError with the API's own sentence, which names the field and the fix."""

    def __init__(self, settings: Settings, person: str = "") -> None:
        self._app = create_app(settings)
        self.door: Door = self._app.state.door
        self._person = person
        token = settings.token.get_secret_value()
        self._client = httpx.AsyncClient(
            transport=httpx.ASGITransport(self._as_the_person),
            base_url=f"http://127.0.0.1:{settings.port}",
            headers={"Authorization": f"Bearer {token}"} if token else {},
        )

    async def _as_the_person(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The lab as whoever asked the agent's server sees it, or as the person it is started for:
        looked up each time, for they may be disabled meanwhile."""
        who = actor()
        if who is None and self._person:
            who = await run_in_threadpool(self.door.person, self._person)
        if who is not None:
            scope = {**scope, ACTOR: who}
        elif self._person:
            raise ToolError(f"{self._person} is nobody in this lab, or is disabled.")
        elif await self.door.peopled():
            raise ToolError(
                "This lab has people: start this server with --user NAME, whose agent it is."
            )
        await self._app(scope, receive, send)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """The lab's background work, while the block runs."""
        async with self._app.router.lifespan_context(self._app), self._client:
            yield

    async def get(self, path: str, **query: Any) -> Any:
        """The answer's JSON; of lists in `query` each item is a parameter, None and "" are none."""
        asked = {name: value for name, value in query.items() if value not in (None, "", [])}
        return _answered(await self._client.get(path, params=asked))

    async def post(self, path: str, body: Mapping[str, Any] | None = None) -> Any:
        return _answered(await self._client.post(path, json=body))

    async def patch(self, path: str, body: Mapping[str, Any]) -> Any:
        return _answered(await self._client.patch(path, json=body))


def _answered(answer: httpx.Response) -> Any:
    if answer.is_success:
        return answer.json() if answer.content else None
    error = answer.json()["error"]
    fields = "; ".join(f"{one['path']}: {one['message']}" for one in error.get("fields") or [])
    raise ToolError(error["message"] + (f" ({fields})" if fields else ""))
