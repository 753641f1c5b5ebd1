"""The Celery application: `celery -A worker.app worker`.

Its process never loads torch; each run trains in a process of its own (worker.supervisor).
"""

from __future__ import annotations

import logging
from typing import Any

from celery import Celery
from celery.signals import setup_logging, worker_ready, worker_shutdown, worker_shutting_down

from backend.queue import NUDGE, celery_options
from backend.settings import settings
from worker.janitor import Janitor
from worker.runtime import runtime
from worker.slots import find_slots
from worker.tasks import train_what_is_queued

app = Celery("ols-lab-worker")
app.conf.update(
    celery_options(settings()),
    # Threads, because a slot only waits for its trainer process. Prefork's children are daemonic:
    # they may start no processes, so no DataLoader workers and no torchrun.
    worker_pool="threads",
    # One thread a slot: a nudge that arrives while all are busy waits, and then finds the queue.
    worker_concurrency=max(1, len(find_slots(settings()))),
    # What a worker does is in the database; Celery's own event stream would only fill the broker.
    worker_send_task_events=False,
)
app.task(name=NUDGE)(train_what_is_queued)

_janitor: Janitor | None = None


@setup_logging.connect
def _set_up_logging(loglevel: int | str | None = None, **_: Any) -> None:
    logging.basicConfig(
        level=loglevel or logging.INFO,
        format="%(asctime)s %(levelname)s %(name)s: %(message)s",
    )


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
    if _janitor:
        _janitor.say_goodbye()
