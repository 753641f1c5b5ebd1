"""A thousand open event streams on one web process, while twenty runs report an epoch each second.

    python -m benchmarks.bench_streams [--viewers 1000] [--seconds 30]

The goals: less than half a core for the web process, every viewer has every epoch within 1 s of
its commit, and no epoch is missed or comes twice, though every second viewer hangs up about every
15 s and comes back. Viewers watch one run each, as run pages do; then all runs, as the runs page
does. The baseline is the same reporting with nobody watching.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import threading
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

import psutil

from backend.store import events
from backend.store.claims import Claim
from benchmarks.lab import Lab, databases, lab, report

RUNS = 20
LASTS = 15.0  # seconds between two hang-ups of every second viewer, on average
SETTLE = 4.0  # seconds after the last epoch, in which those that hung up come back


@dataclass(frozen=True)
class Measured:
    """`delays` in seconds, one for each epoch at each viewer that watched without a break."""

    cpu: float  # of a core, of the web process
    delays: list[float]
    late: int  # of those after a second
    missed: int
    doubled: int
    hung_up: int
    delivered: int


class Reporter(threading.Thread):
    """Records an epoch of each run every second, one after the other, evenly spread."""

    def __init__(self, server: Lab, held: list[Claim], first: int, seconds: int) -> None:
        super().__init__()
        self._server, self._held = server, held
        self._epochs = range(first, first + seconds)
        self._reports = {epoch: report(epoch, 10_000) for epoch in self._epochs}
        self.committed: dict[tuple[int, int], float] = {}

    def run(self) -> None:
        began = time.monotonic()
        for n, epoch in enumerate(self._epochs):
            for place, claim in enumerate(self._held):
                due = began + n + place / len(self._held)
                time.sleep(max(0.0, due - time.monotonic()))
                done = self._server.record(claim, self._reports[epoch])
                self.committed[claim.run_id, epoch] = done


def measure(
    server: Lab, held: list[Claim], first: int, watched: list[int], seconds: int
) -> Measured:
    """Viewers of `watched` runs (0: all) while each run reports its epochs from `first` on."""
    with server.database.read() as session:
        cursor = events.last_id(session)
    viewers = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.viewers"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert viewers.stdin is not None
    assert viewers.stdout is not None
    job = {
        "port": urlsplit(server.address).port,
        "runs": watched,
        "cursor": cursor,
        "lasts": LASTS,
    }
    viewers.stdin.write(json.dumps(job) + "\n")
    viewers.stdin.flush()
    assert viewers.stdout.readline() == "open\n"
    reporter = Reporter(server, held, first, seconds)
    process = psutil.Process(server.pid)
    before, began = sum(process.cpu_times()[:2]), time.monotonic()
    reporter.start()
    reporter.join()
    cpu = (sum(process.cpu_times()[:2]) - before) / (time.monotonic() - began)
    time.sleep(SETTLE)
    said, _ = viewers.communicate("")
    return _judge(cpu, json.loads(said), reporter.committed)


def _judge(cpu: float, said: list, committed: dict[tuple[int, int], float]) -> Measured:
    delays: list[float] = []
    missed = doubled = delivered = hung_up = 0
    for run_id, breaks, seen in said:
        wanted = {key for key in committed if run_id in (0, key[0])}
        times = Counter((run, epoch) for run, epoch, _ in seen)
        missed += len(wanted - times.keys())
        doubled += sum(number - 1 for number in times.values())
        delivered += len(seen)
        hung_up += breaks
        if not breaks:  # who was away could not have it sooner
            delays += [when - committed[run, epoch] for run, epoch, when in seen]
    delays.sort()
    late = sum(delay > 1 for delay in delays)
    return Measured(cpu, delays, late, missed, doubled, hung_up, delivered)


def show(database: str, what: str, measured: Measured) -> None:
    at = measured.delays
    middle, worst = (at[len(at) // 2], at[-1]) if at else (float("nan"), float("nan"))
    print(
        f"| {database} | {what} | {measured.cpu:.0%} | {middle:.2f} | {worst:.2f} | "
        f"{measured.late} | {measured.delivered:,} | {measured.hung_up:,} | "
        f"{measured.missed} | {measured.doubled} |",
        flush=True,
    )


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bench_streams")
    parser.add_argument("--viewers", type=int, default=1000)
    parser.add_argument("--seconds", type=int, default=30)
    parser.add_argument("--database", choices=["SQLite", "PostgreSQL"])
    given = parser.parse_args()
    print(
        "| database | viewers | web CPU, of a core | median delay, s | worst | after 1 s | "
        "epochs delivered | hang-ups | missed | doubled |\n" + "|---" * 10 + "|"
    )
    with databases() as urls:
        for name, url in urls.items():
            if given.database not in (None, name):
                continue
            with lab(url) as server:
                held = [server.claim(n, 10_000) for n in range(RUNS)]
                ids = [claim.run_id for claim in held]
                one_each = [ids[n % RUNS] for n in range(given.viewers)]
                first = 1
                for what, watched in (
                    ("none", []),
                    (f"{given.viewers:,}, one run each", one_each),
                    (f"{given.viewers:,}, all runs each", [0] * given.viewers),
                ):
                    show(name, what, measure(server, held, first, watched, given.seconds))
                    first += given.seconds


if __name__ == "__main__":
    main()
