"""A worker for a batch job: trains what is queued, then leaves.

It asks the database by itself, so a compute node needs no broker, only the database and the files.
It leaves when nothing was there to train for a while, when its job's wall time would cut the next
epoch, or on SIGTERM; what it trains then is handed back and resumes in another job.
"""

from __future__ import annotations

import logging
import signal
import threading
import time

from worker.janitor import Janitor
from worker.runtime import Runtime
from worker.tasks import train

log = logging.getLogger("ols.worker")

LOOK = 1.0  # seconds between two looks at the queue


def work(shared: Runtime, idle: float) -> None:
    """Returns once no slot trains: after `idle` seconds without a run, or as the limit says."""
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: shared.stop.set())
    janitor = Janitor(shared)
    janitor.start()
    try:
        _train(shared, idle)
    finally:
        shared.stop.set()
        shared.forks.close()
        janitor.say_goodbye()


def _train(shared: Runtime, idle: float) -> None:
    """One thread per slot, as the Celery worker has; each takes runs while there are some."""
    threads: dict[int, threading.Thread] = {}
    last = time.monotonic()
    while not shared.stop.is_set():
        busy = shared.slots.idle < shared.slots.count
        last = time.monotonic() if busy else last
        if not busy and shared.limit.over:
            log.info("worker %s leaves: its time does not hold another epoch", shared.name)
            break
        if time.monotonic() - last > idle:
            log.info("worker %s leaves: nothing to train for %g s", shared.name, idle)
            break
        for slot in range(shared.slots.count):
            if slot not in threads or not threads[slot].is_alive():
                threads[slot] = threading.Thread(target=train, args=(shared,), name=f"slot {slot}")
                threads[slot].start()
        shared.stop.wait(LOOK)
    for thread in threads.values():
        thread.join()
