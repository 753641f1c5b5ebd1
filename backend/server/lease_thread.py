"""The web process's part of the janitor's work: it ends leases and trims the database's log.

Else a run whose only worker was killed would stay `running`, whatever its user asks, until another
worker starts. Harmless beside the workers' janitors: each release is a conditional UPDATE.
"""

from __future__ import annotations

import logging
import threading

from sqlalchemy.exc import SQLAlchemyError

from backend.core.celery_queue import nudge
from backend.core.logs import about
from backend.core.settings import Settings
from backend.store.database import Database
from backend.store.disk_space import LogTrimmer
from backend.store.errors import StoreError
from backend.store.leases import LeaseWatch

log = logging.getLogger("ols.web")

INTERVAL = 1.0  # seconds between two checks


class LeaseKeeper(threading.Thread):
    """Starts and stops with the application."""

    def __init__(self, config: Settings, database: Database) -> None:
        super().__init__(name="lease keeper", daemon=True)
        self._config = config
        self._database = database
        self._watch = LeaseWatch(config.lease_seconds)
        self._database_log = LogTrimmer(database)
        self._closing = threading.Event()

    def run(self) -> None:
        """Checks until it is closed; a database that is away is tried again."""
        while not self._closing.wait(INTERVAL):
            try:
                released = self._watch.release(self._database)
                self._database_log.look()
            except (SQLAlchemyError, StoreError) as error:
                log.warning("the leases could not be checked: %s", error)
                continue
            for run_id in released:
                with about(run=run_id):
                    log.warning(
                        "the worker of run %s stopped responding; the run is released", run_id
                    )
                nudge(self._config)

    def close(self) -> None:
        """Returns when the thread has ended."""
        self._closing.set()
        self.join(5)
