"""SQLite's write-ahead log while readers never leave (superseriousbusiness/gotosocial#2808).

    python -m tests.kills.readers --minutes 20        (make soak)

Four runs record epochs of 1,000 x 1,000 matrices, reports are made one after the other, and three
windows are live: each takes every event and fetches the epoch's heatmap, as a run page does. The
log must stay below 200 MB and be small again a minute after the last epoch. Ends with 1 where not.
"""

from __future__ import annotations

import argparse
import re
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np

from backend.core.settings import Settings
from backend.store import recorder, requests
from backend.store.claims import Claim
from backend.store.database import LONGEST_LOG, Database, connect, migrate
from backend.store.disk_space import log_bytes
from ols.training.epoch_report import EpochReport
from tests.support import seed
from tests.support.processes import web
from tests.support.waiting import wait_until

CLASSES, WRITERS, WINDOWS = 1000, 4, 3
MOST = 200_000_000  # bytes of the log
EPOCHS = 10_000  # planned: the time ends them
_EPOCH = re.compile(r'data: \{"run_id":\d+,"epoch":(\d+),"epochs"')


@dataclass
class Result:
    """What was done meanwhile, and how large the log became; bytes."""

    epochs: int = 0
    reports: int = 0
    heatmaps: int = 0
    peak: int = 0
    left: int = 0

    @property
    def held(self) -> bool:
        return self.peak < MOST and self.left <= LONGEST_LOG

    def __str__(self) -> str:
        return (
            f"{self.epochs} epochs recorded, {self.reports} reports, {self.heatmaps} heatmaps; "
            f"the log's largest size {self.peak / 1e6:.0f} MB, at the end {self.left / 1e6:.0f} MB"
        )


def soak(folder: Path, seconds: float, every: float) -> Result:
    """For so many seconds; each run records an epoch `every` so many."""
    settings = Settings(_env_file=None, data_dir=folder)
    migrate(settings.resolved_database_url)
    database = connect(settings.resolved_database_url)
    result, over = Result(), threading.Event()
    claims = [_begin(database) for _ in range(WRITERS)]
    numbers = [claim.run_id for claim in claims]
    with web(folder) as server, ThreadPoolExecutor(WRITERS + WINDOWS + 2) as pool:
        work: list[Callable[[], None]] = [
            *(_writer(database, claim, every, over, result) for claim in claims),
            *(_window(server.url, number, over, result) for number in numbers[:WINDOWS]),
            _reporter(server.url, numbers, over, result),
            _looker(folder, over, result),
        ]
        tasks = [pool.submit(one) for one in work]
        over.wait(seconds)
        over.set()
        for task in tasks:
            task.result()
        path = folder / "ols.sqlite3"
        with suppress(AssertionError):
            wait_until(lambda: log_bytes(path) <= LONGEST_LOG, 60)
        result.left = log_bytes(path)
    database.dispose()
    return result


def _begin(database: Database) -> Claim:
    """A run of so many classes, claimed."""
    spec = seed.spec("ols", epochs=EPOCHS, rate=0.0)
    with database.write() as session:
        run = requests.submit(session, name=None, tags=[], spec=spec)
    claim = seed.claimed(database, run.id)
    classes = tuple(f"class {index:03d}" for index in range(CLASSES))
    with database.write() as session:
        recorder.record_info(session, claim, seed.info(spec, classes))
    return claim


def _writer(
    database: Database, claim: Claim, every: float, over: threading.Event, result: Result
) -> Callable[[], None]:
    def work() -> None:
        rng = np.random.default_rng(claim.run_id)
        for epoch in range(1, EPOCHS):
            soft = rng.dirichlet(np.full(CLASSES, 0.1), CLASSES).astype(np.float32)
            confusion = rng.poisson(0.1, (CLASSES, CLASSES)).astype(np.uint32)
            report = EpochReport(
                epoch,
                EPOCHS,
                {"val_top1": 0.5, "train_loss": 1.0},
                {"soft_labels": soft, "confusion": confusion, "val_probs": soft},
                eta_seconds=0.0,
            )
            with database.write() as session:
                recorder.record_epoch(session, claim, report, seed.LEASE)
            result.epochs += 1
            if over.wait(every):
                return

    return work


def _window(url: str, run_id: int, over: threading.Event, result: Result) -> Callable[[], None]:
    def work() -> None:
        with httpx.Client(base_url=url, timeout=60) as client:
            while not over.is_set():
                with client.stream("GET", f"/api/runs/{run_id}/events") as answer:
                    for line in answer.iter_lines():
                        if over.is_set():
                            return
                        if epoch := _EPOCH.match(line):
                            address = f"/api/runs/{run_id}/matrices/soft_labels/{epoch[1]}"
                            client.get(address).raise_for_status()
                            result.heatmaps += 1

    return work


def _reporter(
    url: str, numbers: list[int], over: threading.Event, result: Result
) -> Callable[[], None]:
    def work() -> None:
        with httpx.Client(base_url=url, timeout=600) as client:
            while not over.is_set():
                number = numbers[result.reports % len(numbers)]
                client.get(f"/reports/runs/{number}").raise_for_status()
                result.reports += 1

    return work


def _looker(folder: Path, over: threading.Event, result: Result) -> Callable[[], None]:
    def work() -> None:
        while not over.wait(0.1):
            result.peak = max(result.peak, log_bytes(folder / "ols.sqlite3"))

    return work


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--minutes", type=float, default=20.0)
    parser.add_argument("--every", type=float, default=5.0, help="seconds between a run's epochs")
    chosen = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="ols-readers-") as folder:
        result = soak(Path(folder), 60 * chosen.minutes, chosen.every)
    print(f"{result} ({time.monotonic() - began:.0f} s)")
    return 0 if result.held else 1


if __name__ == "__main__":
    sys.exit(main())
