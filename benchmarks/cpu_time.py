"""CPU time of other processes, to tell a question's work from a busy machine's waiting."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psutil
from sqlalchemy import text

from backend.store.database import Database


def database_server(database: Database) -> list[int]:
    """PostgreSQL's first process, the parent of one a connection; SQLite has none."""
    if database.url.get_backend_name() == "sqlite":
        return []
    with database.engine.connect() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    return [psutil.Process(backend).ppid()]


def family(roots: list[int]) -> list[int]:
    """These processes and all below them."""
    processes = [psutil.Process(pid) for pid in roots]
    return [one.pid for root in processes for one in (root, *root.children(recursive=True))]


def cpu_seconds(pids: list[int]) -> float:
    """What all threads of these processes have used so far (Linux)."""
    nanoseconds = 0
    for pid in pids:
        if pid == os.getpid():  # of a thread that runs just now the file knows whole ticks only
            nanoseconds += time.process_time_ns()
            continue
        for file in Path(f"/proc/{pid}/task").glob("*/schedstat"):
            nanoseconds += int(file.read_text().split()[0])
    return nanoseconds / 1e9


@dataclass(frozen=True)
class Timing:
    """Milliseconds: what passed on the clock, and the work done in all processes concerned."""

    median: float
    p95: float
    work: float
    work_p95: float

    def __str__(self) -> str:
        return (
            f"{self.median:7.1f} ms  p95 {self.p95:7.1f}   "
            f"CPU {self.work:7.1f}  p95 {self.work_p95:7.1f}"
        )


def measure(ask: Callable[[], object], roots: list[int], rounds: int) -> Timing:
    """`ask` in turn; a first time, in which connections are made, is not counted.

    `roots` are the processes whose work counts, with those below them.
    """
    ask()
    pids = family(roots)
    times, work = [], []
    for _ in range(rounds):
        began, busy = time.perf_counter(), cpu_seconds(pids)
        ask()
        times.append(1000 * (time.perf_counter() - began))
        work.append(1000 * (cpu_seconds(pids) - busy))
    return Timing(statistics.median(times), _p95(times), statistics.median(work), _p95(work))


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]
