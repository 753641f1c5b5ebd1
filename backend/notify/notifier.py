"""The threads of a process that notify: one for each address, and one that watches.

They run beside the janitor of each worker and in the web process, so that a receiver that hangs
holds up neither of them nor another receiver, and a lab without a worker can say so. Without an
address there are none.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

from sqlalchemy.exc import SQLAlchemyError

from backend.core.notify_addresses import Address
from backend.core.settings import Settings
from backend.notify import watch
from backend.notify.apprise_package import missing
from backend.notify.delivery import deliver
from backend.notify.sending import Sender
from backend.store import recipients
from backend.store.database import Database
from backend.store.errors import StoreError

log = logging.getLogger("ols.notify")

PAUSE = 5.0  # seconds between two looks; what happens within them is one message
FAREWELL = 4.0  # seconds; more than a sender is left (backend.notify.sending)
SEEN_EVERY = 300.0  # seconds between two reports that an address is still there


class Notifier:
    """`start` and `close`; ends by itself when `stop` is set."""

    def __init__(self, config: Settings, database: Database, stop: threading.Event) -> None:
        self._config = config
        self._database = database
        self._stop = stop
        self._seen_at = -SEEN_EVERY
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Where there is somebody to notify."""
        addresses = self._config.addresses
        if not addresses:
            return
        if problem := missing(self._config):
            log.error("%s", problem)
        self._begin("notices", self._watch)
        for address in addresses:
            self._begin(f"notify {address.name}", self._courier(address))

    def close(self) -> None:
        """Waits a moment for what is being sent; `stop` is set."""
        deadline = time.monotonic() + FAREWELL
        for thread in self._threads:
            thread.join(max(0.0, deadline - time.monotonic()))

    def _begin(self, name: str, look: Callable[[], bool]) -> None:
        thread = threading.Thread(target=self._run, args=(look,), name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _run(self, look: Callable[[], bool]) -> None:
        """Looks until the service stops; at once again where there may be more."""
        while not self._stop.is_set():
            try:
                more = look()
            except (SQLAlchemyError, StoreError, OSError) as error:
                log.warning("notifications: %s; trying again", error)
                more = False
            except Exception:
                log.exception("notifications failed; trying again")
                more = False
            self._stop.wait(0 if more else PAUSE)

    def _watch(self) -> bool:
        now = datetime.now(UTC)
        if time.monotonic() - self._seen_at >= SEEN_EVERY:
            with self._database.write() as session:
                recipients.register(session, self._config.addresses, now)
            self._seen_at = time.monotonic()
        watch.look(self._database, self._config, now)
        return False

    def _courier(self, address: Address) -> Callable[[], bool]:
        send = Sender(self._stop)
        return lambda: deliver(self._database, self._config, address, send, datetime.now(UTC))
