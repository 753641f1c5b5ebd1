"""Until when this worker may work: a batch system kills its job at the end of its wall time."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable

SLACK = 1.2  # an epoch takes longer than the one before it by so much at most
HAND_BACK = 15.0  # seconds in which runs are handed back and files are kept


class TimeLimit:
    """`end` in seconds since 1970; None: there is none."""

    def __init__(self, end: float | None = None, clock: Callable[[], float] = time.time) -> None:
        self.end = end
        self._clock = clock
        self._over = threading.Event()

    @property
    def left(self) -> float:
        """Seconds in which epochs may be trained; infinite without an end."""
        return math.inf if self.end is None else max(0.0, self.end - HAND_BACK - self._clock())

    @property
    def over(self) -> bool:
        """Whether something did not fit any more; then nothing new is begun."""
        return self._over.is_set() or not self.room_for(0.0)

    def room_for(self, seconds: float) -> bool:
        """Whether so much work, judged by what was measured, ends in time."""
        if self.end is None or self._clock() + SLACK * seconds + HAND_BACK <= self.end:
            return True
        self._over.set()
        return False
