"""When a service that ended is started again: at once after it ran well, then ever later."""

from __future__ import annotations

FIRST, LONGEST = 1.0, 60.0  # seconds to wait
SOUND = 60.0  # seconds that a service runs without having failed at its start


class Backoff:
    """The waits of one service."""

    def __init__(self) -> None:
        self._failures = 0

    def wait(self, ran: float) -> float:
        """Seconds until the next start of a service that ended after it ran for `ran` seconds."""
        self._failures = 0 if ran >= SOUND else self._failures + 1
        return min(LONGEST, FIRST * 2 ** max(0, self._failures - 1))
