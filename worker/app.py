"""The Celery application: `celery -A worker.app worker`.

Its process never loads torch; each run trains in a process of its own (worker.supervisor).
"""

from __future__ import annotations

import logging
import socket
from typing import Any

from celery import Celery
from celery.signals import (
    celeryd_init,
    setup_logging,
    worker_init,
    worker_ready,
    worker_shutdown,
    worker_shutting_down,
)

from backend.core import logs
from backend.core.celery_queue import NUDGE, celery_options
from backend.core.settings import settings
from worker import broker
from worker.janitor import Janitor
from worker.runtime import ready, runtime, slots_here, worker_name
from worker.tasks import train_what_is_queued

broker.install()
app = Celery("ols-lab-worker")
app.conf.update(
    celery_options(settings()),
    # Threads, because a slot only waits for its trainer process. Prefork's children are daemonic:
    # they may start no processes, so no DataLoader workers and no torchrun.
    worker_pool="threads",
    # One thread per slot: a nudge that arrives while all are busy waits, then checks the queue.
    worker_concurrency=max(1, len(slots_here(settings()))),
    # What a worker does is in the database; Celery's own event stream would only fill the broker.
    worker_send_task_events=False,
)
app.task(name=NUDGE)(train_what_is_queued)

_janitor: Janitor | None = None


@celeryd_init.connect
def _name_the_node(sender: str, instance: Any, **_: Any) -> None:
    """`celery inspect` shows the worker under the name of its settings, unless -n gave one."""
    if sender.startswith("celery@"):
        instance.hostname = f"ols@{settings().worker_name or socket.gethostname()}"


@setup_logging.connect
def _set_up_logging(loglevel: int | str | None = None, **_: Any) -> None:
    """A line for each start and end of a run; `-l debug` shows more."""
    # The command line's default level is WARNING, which would hide them.
    level = loglevel if isinstance(loglevel, int) else logging.INFO
    logs.set_up(settings(), min(level, logging.INFO), worker=worker_name(settings()))
    # It warns at each connection that a folder has no host name, and tells of each nudge.
    logging.getLogger("kombu.connection").setLevel(logging.ERROR)
    for name in ("celery.worker.strategy", "celery.app.trace"):
        logging.getLogger(name).setLevel(max(level, logging.WARNING))


@worker_init.connect
def _stop_sooner(**_: Any) -> None:
    """Here only: `celery inspect`, which waits for replies, is to wait as long as it is told."""
    broker.Transport.patience = 0.5


@worker_init.connect
def _open_the_database(**_: Any) -> None:
    ready()


@worker_ready.connect
def _start_janitor(**_: Any) -> None:
    global _janitor
    _janitor = Janitor(runtime())
    _janitor.start()


@worker_shutting_down.connect
def _stop_slots(**_: Any) -> None:
    """Tells the slots to end their trainers and queue their runs again."""
    runtime().stop.set()


@worker_shutdown.connect
def _say_goodbye(**_: Any) -> None:
    runtime().stop.set()  # Celery may end for reasons of its own, without the signal above
    runtime().forks.close()
    if _janitor:
        _janitor.say_goodbye()
