"""The thread that sends a run's spool while the loop goes its way.

It wakes every two seconds, sends what is there in one request, and backs off while the lab does not
answer. Nothing that happens in it reaches the loop.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

from ols.client.delivery import Delivery, Warn
from ols.client.spool import Spool
from ols.errors import LabError, LabUnreachable

INTERVAL = 2.0  # seconds between two looks at the spool
LONGEST_WAIT = 60.0  # seconds between two attempts while the lab does not answer
HEARTBEAT = 60.0  # seconds without a request, after which the lab is told that the loop lives


class Sender:
    """Sends one spool, in its thread and, at `flush`, in the caller's."""

    def __init__(self, spool: Spool, delivery: Delivery, warn: Warn) -> None:
        self.delivery = delivery
        self._spool, self._warn = spool, warn
        self._turn = threading.Lock()  # held by who sends
        self._stopped = threading.Event()
        self._heard = time.monotonic()
        self._thread = threading.Thread(target=self._work, name="ols-sender", daemon=True)
        self._thread.start()

    def flush(self, seconds: float) -> bool:
        """Sends everything now; False where that did not succeed within `seconds`."""
        ends = time.monotonic() + seconds

        def send_all() -> bool:
            while self._pending():
                if time.monotonic() > ends:
                    return False
                self._send()
            return True

        return self._in_turn(send_all, seconds)

    def end(self, end: dict[str, str]) -> bool:
        """Ends the run, unless the spool's last record did."""

        def finish() -> bool:
            if not self.delivery.ended:
                self.delivery.finish(end)
            return True

        return self._in_turn(finish, LONGEST_WAIT)

    def _in_turn(self, request: Callable[[], bool], seconds: float) -> bool:
        """Its answer; False where the lab can't be reached or the thread takes too long."""
        if not self._turn.acquire(timeout=seconds):
            return False
        try:
            return request()
        except LabError as error:
            self._warn("unreachable", f"{error}; what was logged is kept in {self._spool.folder}")
            return False
        finally:
            self._turn.release()

    def stop(self) -> None:
        """Ends the thread; a request that is on its way is waited for, briefly."""
        self._stopped.set()
        if self._thread is not threading.current_thread():
            self._thread.join(5)

    def _work(self) -> None:
        wait = 0.0
        while not self._stopped.wait(wait):
            try:
                with self._turn:
                    self._step()
                wait = INTERVAL
            except LabUnreachable as error:
                text = f"{error}; what was logged is kept and sent later"
                self._warn("unreachable", text)
                wait = min(max(2 * wait, INTERVAL), LONGEST_WAIT)
                wait = max(wait, error.retry_after or 0) * random.uniform(0.8, 1.2)
            except Exception as error:
                self._warn("sender", f"sending failed and is tried again: {error!r}")
                wait = LONGEST_WAIT

    def _step(self) -> None:
        if self._pending() or not self.delivery.answer:
            self._send()
        elif time.monotonic() - self._heard > HEARTBEAT and not self.delivery.ended:
            self.delivery.beat()
            self._heard = time.monotonic()

    def _pending(self) -> bool:
        return self.delivery.sent.offset < self._spool.size or not self.delivery.answer

    def _send(self) -> None:
        self.delivery.send()
        self._heard = time.monotonic()
        self.delivery.sent = self._spool.compact(self.delivery.sent)
