"""What the threads of one worker process share: settings, database, slots, the signal to stop."""

from __future__ import annotations

import os
import socket
import sys
import threading
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache

from backend.core.settings import Settings, settings
from backend.core.slurm_job import job_number
from backend.store.database import Database, connect
from backend.store.errors import FilesUnreachable, SchemaMismatch, Unreachable
from backend.store.objects import object_store
from worker.machine.nvml import UnknownDeviceError
from worker.machine.slots import Slot, SlotTable, find_slots
from worker.machine.time_limit import TimeLimit
from worker.trainer.forking import Forks


@dataclass
class Runtime:
    """The state of this worker process."""

    config: Settings
    database: Database
    slots: SlotTable
    name: str
    host: str = field(default_factory=socket.gethostname)
    pid: int = field(default_factory=os.getpid)
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))
    forks: Forks = field(default_factory=Forks)
    stop: threading.Event = field(default_factory=threading.Event)
    limit: TimeLimit = field(default_factory=TimeLimit)
    broker: bool = True  # whether nudges are sent and heard
    job: str | None = field(default_factory=job_number)  # of a batch system
    unreadable: set[int] = field(default_factory=set)  # runs of another version's (worker.tasks)


@cache
def runtime() -> Runtime:
    """Built once, when the worker is ready; refuses a database of another version."""
    config = settings()
    return Runtime(
        config=config,
        database=connect(config.resolved_database_url, check=True),
        slots=SlotTable(slots_here(config)),
        name=worker_name(config),
    )


def slots_here(config: Settings) -> list[Slot]:
    """This machine's slots; ends the process with a sentence where it was given devices that it
    does not have: on the CPU instead a run would take a hundred times as long."""
    try:
        return find_slots(config)
    except UnknownDeviceError as error:
        sys.exit(f"The worker can't start. {error}")


def ready() -> Runtime:
    """A worker that cannot record or keep anything must not start and seem to work; ends the
    process with a sentence."""
    try:
        shared = runtime()
        if store := object_store(shared.config):
            store.check()
    except (FilesUnreachable, SchemaMismatch, Unreachable) as error:
        sys.exit(f"The worker can't start. {error}")
    return shared


def worker_name(config: Settings) -> str:
    """As the workers page and the logs call this process."""
    # Two workers may share a host, hence the process id.
    return config.worker_name or f"{socket.gethostname()}:{os.getpid()}"
