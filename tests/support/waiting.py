"""Waiting for a condition, however busy the machine is."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

PATIENCE = 120.0  # seconds; what takes two on a quiet machine takes many on a busy one
PAUSE, LONGEST = 0.02, 0.25  # seconds between the first looks, and later: looking costs, too

T = TypeVar("T")


def wait_until(
    condition: Callable[[], T],
    seconds: float = PATIENCE,
    *,
    longest: float = LONGEST,
    otherwise: Callable[[], object] | str = "",
) -> T:
    """The first true value of `condition`.

    Raises AssertionError with `otherwise` (a text, or a function that says what was there instead)
    when none came within `seconds`. The limit ends a hopeless wait; it is no expectation of speed.
    `longest`: seconds between two looks, for what does not stay true.
    """
    deadline = time.monotonic() + seconds
    pause = PAUSE
    while True:
        late = time.monotonic() >= deadline  # before the look: a last one follows a long pause
        if value := condition():
            return value
        if late:
            said = otherwise() if callable(otherwise) else otherwise
            raise AssertionError(f"not within {seconds:g} s: {said or condition}")
        time.sleep(pause)
        pause = min(1.3 * pause, longest)
