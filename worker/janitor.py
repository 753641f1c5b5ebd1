"""A thread of every worker that keeps the lab tidy; several at once do no harm.

It reports the worker (heartbeat), queues runs again whose lease ended, removes what was deleted for
good, and nudges when runs wait while slots idle, which also makes up for lost messages.
"""

from __future__ import annotations

import logging
import platform
import threading
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version

from sqlalchemy.orm import Session

from backend.queue import nudge
from backend.store import runs, transitions, workers
from backend.store.purge import purge_deleted
from ols.data.availability import availability
from worker.runtime import Runtime

log = logging.getLogger("ols.worker")

INTERVAL = 5.0  # seconds; a third of what makes a worker count as gone
FAREWELL = 3.0  # seconds; the wish to stop is set already
TIDY_EVERY = 12  # rounds between two looks for what can be removed

_PACKAGES = ("ols-lab", "torch", "torchvision", "celery")


class Janitor(threading.Thread):
    """Starts with the worker and stops with it."""

    def __init__(self, shared: Runtime) -> None:
        super().__init__(name="janitor", daemon=True)
        self.shared = shared
        self.versions = {name: _version(name) for name in _PACKAGES}
        self.versions["python"] = platform.python_version()

    def run(self) -> None:
        """Works until the worker stops; an error is logged and survived."""
        rounds = 0
        while not self.shared.stop.is_set():
            self._attempt(self._round)
            if rounds % TIDY_EVERY == 0:
                self._attempt(self._tidy)
            rounds += 1
            self.shared.stop.wait(INTERVAL)

    def say_goodbye(self) -> None:
        """The worker ends in good order: pages show it at once."""
        # A heartbeat that is under way would bring the worker back.
        self.join(timeout=FAREWELL)
        self._attempt(self._goodbye)

    def _round(self) -> None:
        shared = self.shared
        with shared.database.write() as session:
            self._heartbeat(session)
            expired = transitions.expire_leases(session)
        for run_id in expired:
            log.warning("run %d: its worker fell silent; queued again", run_id)
        with shared.database.read() as session:
            waiting = runs.counts(session)["queued"]
        for _ in range(min(waiting, shared.slots.idle)):
            nudge(shared.config)

    def _tidy(self) -> None:
        with self.shared.database.write() as session:
            purge_deleted(session, self.shared.config)

    def _goodbye(self) -> None:
        with self.shared.database.write() as session:
            workers.stopped(session, self.shared.name)

    def _heartbeat(self, session: Session) -> None:
        shared = self.shared
        workers.heartbeat(
            session,
            name=shared.name,
            host=shared.host,
            pid=shared.pid,
            slots=shared.slots.describe(),
            datasets=availability(shared.config.datasets_dir),
            versions=self.versions,
            started_at=shared.started_at,
        )

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except Exception:
            log.exception("the janitor failed; trying again in %g s", INTERVAL)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
