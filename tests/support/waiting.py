"""Waiting for a condition, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120.0  # seconds; what takes two on a quiet machine takes many on a busy one
PAUSE = 0.05  # seconds between two looks

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T],
    seconds: float = PATIENCE,
    *,
    otherwise: Callable[[], object] | str = "",
) -> T:
    """The first true value of `condition`.

    Raises AssertionError with `otherwise` (a text, or a function that says what was there instead)
    when none came within `seconds`. The limit ends a hopeless wait; it is no expectation of speed.
    """
    deadline = time.monotonic() + seconds
    while True:
        late = time.monotonic() >= deadline  # before the look: a last one follows a long pause
        if value := condition():
            return value
        if late:
            said = otherwise() if callable(otherwise) else otherwise
            raise AssertionError(f"not within {seconds:g} s: {said or condition}")
        time.sleep(PAUSE)
