"""A thread of every worker that keeps the lab tidy; several at once do no harm.

It reports the worker (heartbeat), queues runs again whose lease ended, looks after searches,
removes what was deleted for good, lets people be notified (in threads of their own), and nudges
when runs wait while slots are free, which also makes up for lost messages.
"""

from __future__ import annotations

import logging
import os
import platform
import signal
import threading
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from typing import Any

from sqlalchemy.orm import Session

from backend.core.celery_queue import nudge
from backend.core.code_version import code_version, differs, words
from backend.core.logs import about
from backend.core.run_states import RunState
from backend.core.storage import storage_problem
from backend.notify.notifier import Notifier
from backend.store import disk_space, runs, workers
from backend.store.errors import FilesUnreachable, Replaced, SchemaMismatch
from backend.store.leases import LeaseWatch
from backend.store.objects import object_store
from backend.store.purge import purge_deleted
from ols.data.availability import availability
from worker.machine.load import LoadMeter
from worker.machine.nvml import driver_version
from worker.machine.origin import worker_origin
from worker.runtime import Runtime
from worker.searching import Searches
from worker.trainer import ranks_folders

log = logging.getLogger("ols.worker")

INTERVAL = 1.0  # seconds between two rounds, which look for leases that have ended
REPORT_EVERY = 5  # rounds between two heartbeats; a worker that missed three counts as offline
TIDY_EVERY = 60  # rounds between two searches for what can be removed
SWEEP_EVERY = 3600  # rounds between two searches for uploads that were cut off
FAREWELL = 3.0  # seconds; `stop` is set already

_PACKAGES = ("torch", "torchvision", "celery", "optuna")


class Janitor(threading.Thread):
    """Starts with the worker and stops with it."""

    def __init__(self, shared: Runtime) -> None:
        super().__init__(name="janitor", daemon=True)
        self.shared = shared
        self.leases = LeaseWatch(shared.config.lease_seconds)
        self.database_log = disk_space.LogTrimmer(shared.database)
        self.versions = {**code_version(), **{name: _version(name) for name in _PACKAGES}}
        self.versions["python"] = platform.python_version()
        if find_spec("timm"):  # which networks a form offers
            self.versions["timm"] = _version("timm")
        if driver := driver_version():
            self.versions["NVIDIA driver"] = driver
        self.load = LoadMeter()
        self.searches = Searches(shared.database)
        self.notifier = Notifier(shared.config, shared.database, shared.stop)
        self._others: set[str] = set()  # code of other workers that was warned of

    def run(self) -> None:
        """Runs until the worker stops; an error is logged and the next round comes."""
        self._attempt(self._arrive)
        self.notifier.start()
        rounds = 0
        while not self.shared.stop.is_set():
            if rounds % TIDY_EVERY == 0:
                self._attempt(self._tidy)
            if rounds % SWEEP_EVERY == 0:
                self._attempt(self._sweep)
            if rounds % REPORT_EVERY == 0:
                self._attempt(self._report)
            self._attempt(self._round)
            rounds += 1
            self.shared.stop.wait(INTERVAL)

    def say_goodbye(self) -> None:
        """The worker ends cleanly: pages show it at once."""
        # A heartbeat that is under way would bring the worker back.
        self.join(timeout=FAREWELL)
        self.notifier.close()
        self._attempt(self._goodbye)

    def _arrive(self) -> None:
        log.info("this worker runs %s", words(self.versions))
        # Before somebody changes the code that is loaded; apart, for git may take seconds.
        threading.Thread(target=worker_origin, name="origin", daemon=True).start()
        with self.shared.database.write() as session:
            workers.arrived(session, self.shared.name)

    def _round(self) -> None:
        """Queues runs again whose worker stopped responding, and what searches propose; keeps the
        database's log short."""
        for run_id in self.leases.release(self.shared.database):
            with about(run=run_id):
                log.warning("the worker of run %s stopped responding; the run is released", run_id)
            self._nudge()
        if self.searches.look():
            self._nudge()
        self.database_log.look()

    def _report(self) -> None:
        self.shared.database.require_current()
        slots = self._slots()  # before the transaction: a GPU may take its time to answer
        with self.shared.database.write() as session:
            self._heartbeat(session, slots)
            others = workers.versions_online(session)
        self._compare(others)
        self._nudge()

    def _compare(self, online: dict[str, dict[str, str]]) -> None:
        """Warns once of each other version among the workers. No run is lost by it."""
        others = {words(each): name for name, each in online.items() if differs(each)}
        for code in others.keys() - self._others:
            log.warning(
                "worker %s runs %s, this one %s: update the older one and restart it; until then "
                "each passes over runs whose settings it does not know",
                others[code],
                code,
                words(self.versions),
            )
        self._others = set(others)

    def _nudge(self) -> None:
        """Once for each run that waits while a slot is free: its message may have been lost."""
        if not self.shared.broker:
            return
        with self.shared.database.read() as session:
            waiting = runs.counts(session)[RunState.QUEUED]
        for _ in range(min(waiting, self.shared.slots.idle)):
            nudge(self.shared.config)

    def _tidy(self) -> None:
        purge_deleted(self.shared.database, self.shared.config)
        disk_space.give_back(self.shared.database)
        disk_space.trim_log(self.shared.database, disk_space.SMALL_LOG)
        ranks_folders.sweep(self.shared.config, self.shared.database)

    def _sweep(self) -> None:
        if store := object_store(self.shared.config):
            store.abort_killed_uploads()

    def _goodbye(self) -> None:
        with self.shared.database.write() as session:
            workers.stopped(session, self.shared.name)

    def _slots(self) -> list[dict[str, Any]]:
        """As the workers table stores them."""
        taken = self.shared.slots.look()
        return [
            {
                "index": one.slot.index,
                "device": one.slot.device,
                "device_name": one.slot.device_name,
                "run_id": one.run_id,
                **asdict(reading),
            }
            for one, reading in zip(taken, self.load.read(taken), strict=True)
        ]

    def _heartbeat(self, session: Session, slots: list[dict[str, Any]]) -> None:
        shared = self.shared
        problem = storage_problem(shared.config.data_dir)
        workers.heartbeat(
            session,
            name=shared.name,
            host=shared.host,
            pid=shared.pid,
            slots=slots,
            datasets=availability(shared.config.datasets_dir),
            versions=self.versions,
            started_at=shared.started_at,
            problem=problem.text if problem else None,
            job=shared.job,
        )

    def _attempt(self, work: Callable[[], None]) -> None:
        try:
            work()
        except FilesUnreachable as error:
            log.warning("%s", error)
        except (SchemaMismatch, Replaced) as error:
            log.error("worker %s ends and hands back its runs: %s", self.shared.name, error)
            os.kill(os.getpid(), signal.SIGTERM)
        except Exception:
            log.exception("the janitor failed; trying again in %g s", INTERVAL)


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"
