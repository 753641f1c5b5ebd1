"""Coroutines in tests: in a thread, since Playwright's loop runs in the main one of a process that
has driven a browser, and no other can run beside it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from anyio.from_thread import start_blocking_portal


def run(work: Callable[..., Awaitable[Any]], *arguments: Any) -> Any:
    """What `work(*arguments)` returns or raises."""
    with start_blocking_portal() as portal:
        return portal.call(work, *arguments)
