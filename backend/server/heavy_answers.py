"""Answers that keep a core busy for long: a few at once, some that wait, then 503.

Else a few impatient reloads of a report would hold every thread of the service, and nobody would be
answered. A request that waits here holds no thread.

    @router.get("/reports/runs/{run_id}", dependencies=[REPORT])
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from anyio import CapacityLimiter
from fastapi import Depends, HTTPException

RETRY_SECONDS = 5


class Gate:
    """A dependency that lets `at_once` requests in and `waiting` wait; raises 503 beyond."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self.waiting = waiting
        self._limiter = CapacityLimiter(at_once)

    async def __call__(self) -> AsyncIterator[None]:
        statistics = self._limiter.statistics()
        full = statistics.borrowed_tokens >= statistics.total_tokens
        if full and statistics.tasks_waiting >= self.waiting:
            raise HTTPException(
                503,
                "Too many large answers are being computed; try again in a few seconds.",
                headers={"Retry-After": str(RETRY_SECONDS)},
            )
        async with self._limiter:
            yield


REPORT = Depends(Gate(at_once=1, waiting=8))  # seconds, in a process of its own
LARGE = Depends(Gate(at_once=4, waiting=32))  # reads all epochs of many runs, or clusters
