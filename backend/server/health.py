"""Whether all is well: what `/healthz` answers, cheap enough to be asked often.

A look that writes (the broker, the data folder) counts for some seconds. Whoever asks needs no
token, so a state is a word; the log says more.
"""

from __future__ import annotations

import logging
import sqlite3
import time
from collections.abc import Callable

from sqlalchemy.exc import SQLAlchemyError

from backend.core import celery_queue
from backend.core.settings import Settings
from backend.core.storage import storage_problem
from backend.schemas.system import PartsHealth
from backend.store import workers
from backend.store.database import Database, is_damage
from backend.store.errors import Replaced

log = logging.getLogger("ols.web")

SECONDS = 5.0  # how long a look counts
OK = "ok"


class Health:
    """Of one web process."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self._settings = settings
        self._database = database
        self._looks: dict[str, tuple[float, str]] = {}

    def look(self) -> tuple[PartsHealth, str]:
        """Each part's state, `ok` or what is wrong with it, and the faults as a sentence."""
        online, database = self._look_at_database()
        queue = self._recent("queue", self._look_at_queue)
        storage = self._recent("storage", self._look_at_storage)
        parts = {"database": database, "queue": queue, "storage": storage}
        faults = [f"{name}: {state}" for name, state in parts.items() if state != OK]
        health: PartsHealth = {
            "status": "down" if faults else "ok",
            "database": database,
            "queue": queue,
            "storage": storage,
            "workers": online,
        }
        return health, "; ".join(faults)

    def _recent(self, name: str, look: Callable[[], str]) -> str:
        looked_at, state = self._looks.get(name, (-SECONDS, ""))
        if time.monotonic() - looked_at >= SECONDS:
            state = look()
            self._looks[name] = (time.monotonic(), state)
        return state

    def _look_at_database(self) -> tuple[int, str]:
        try:
            with self._database.read() as session:
                online = workers.online_count(session)
            return online, OK if self._database.writable() else "read-only"
        except Replaced:
            return 0, "replaced"
        except (SQLAlchemyError, sqlite3.Error) as error:
            return 0, "damaged" if is_damage(error) else "unreachable"

    def _look_at_queue(self) -> str:
        try:
            return "unreachable" if celery_queue.unreachable(self._settings) else OK
        except OSError:  # the folder that is the queue
            return "unreachable"

    def _look_at_storage(self) -> str:
        problem = storage_problem(self._settings.data_dir)
        if problem is None:
            return OK
        log.error("%s", problem.text)
        return problem.kind
