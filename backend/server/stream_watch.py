"""Ends open event streams once whoever opened them may not come in any more."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from sqlalchemy.exc import SQLAlchemyError

from backend.store.errors import StoreError

logger = logging.getLogger(__name__)

LOOK = 1.0  # seconds between two looks

Key = TypeVar("Key", bound=Hashable)


class StreamWatch(Generic[Key]):
    """While streams are open, asks once per second for each key whether it still `opens`."""

    def __init__(self, opens: Callable[[Key], Awaitable[bool]]) -> None:
        self._opens = opens
        self._ends: dict[Key, set[Callable[[], object]]] = {}
        self._task: asyncio.Task[None] | None = None

    def add(self, key: Key, end: Callable[[], object]) -> Callable[[], None]:
        """Calls `end` once the key does not open any more; what is returned stops the watch."""
        self._ends.setdefault(key, set()).add(end)
        if self._task is None:
            self._task = asyncio.create_task(self._watch())

        def stop() -> None:
            ends = self._ends.get(key, set())
            ends.discard(end)
            if not ends:
                self._ends.pop(key, None)

        return stop

    async def _watch(self) -> None:
        while self._ends:
            await asyncio.sleep(LOOK)
            for key in list(self._ends):
                if not await self._still_opens(key):
                    for end in list(self._ends.get(key, ())):
                        end()
        self._task = None

    async def _still_opens(self, key: Key) -> bool:
        try:
            return await self._opens(key)
        except (SQLAlchemyError, StoreError):
            logger.exception("the database can't say who watches; looking again")
            return True
