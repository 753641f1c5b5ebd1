"""What the page benchmarks share: a real server on a fresh data folder, runs in it, Chromium."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Browser, sync_playwright

from backend.core.settings import Settings
from backend.store import claims, recorder, requests
from backend.store.claims import Claim
from backend.store.database import Database, connect, migrate
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import EpochReport, MatrixKind, RunInfo
from tests.support.chromium import ARGUMENTS, CHROMIUM
from tests.support.processes import web
from tests.support.servers import NotInstalledError, PostgreSQL

CLASSES = tuple("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz")
METHODS = ("hard", "label_smoothing", "ols")
LEASE = 3600.0


@dataclass
class Lab:
    """A running server and the database behind it."""

    address: str
    database: Database
    pid: int

    def claim(self, number: int, epochs: int, classes: Sequence[str] = CLASSES) -> Claim:
        """A running run, as a worker would hold it."""
        spec = RunSpec.parse(
            {"method": METHODS[number % 3], "dataset": "glyphs", "epochs": epochs, "seed": number}
        )
        with self.database.write() as session:
            requests.submit(session, name=f"run {number}", tags=[], spec=spec)
        with self.database.write() as session:
            claim = claims.claim_next(session, worker="bench", slot=0, lease_seconds=LEASE)
            assert claim is not None
            recorder.record_info(session, claim, _info(classes))
        return claim

    def record(self, claim: Claim, report: EpochReport) -> float:
        """Stores an epoch; returns the wall-clock second at which the commit was done."""
        with self.database.write() as session:
            recorder.record_epoch(session, claim, report, LEASE)
        return time.time()

    def finish(self, claim: Claim) -> None:
        """Ends the run."""
        with self.database.write() as session:
            claims.finish(session, claim)


@contextmanager
def lab(database_url: str = "") -> Iterator[Lab]:
    """`python -m backend` on a free port of the loopback; without an address on SQLite."""
    with tempfile.TemporaryDirectory() as folder:
        config = Settings(_env_file=None, data_dir=Path(folder), database_url=database_url)
        # Nobody renews the leases of the runs made here.
        settings = {"OLS_DATABASE_URL": database_url, "OLS_LEASE_SECONDS": f"{LEASE:g}"}
        with web(config.data_dir, **settings) as server:
            database = connect(config.resolved_database_url)
            yield Lab(server.url, database, server.process.pid)
            database.dispose()


@contextmanager
def databases() -> Iterator[dict[str, str]]:
    """Addresses of empty, migrated databases by name: a SQLite file and a real PostgreSQL server.

    Without PostgreSQL's programs there is only the first, and a line says so.
    """
    with tempfile.TemporaryDirectory() as folder, ExitStack() as servers:
        addresses = {"SQLite": f"sqlite:///{folder}/ols.sqlite3"}
        try:
            server = PostgreSQL()
        except NotInstalledError as missing:
            print(missing)
        else:
            servers.callback(server.close)
            server.start()
            addresses["PostgreSQL"] = server.url
        for url in addresses.values():
            migrate(url)
        yield addresses


@contextmanager
def chromium() -> Iterator[Browser]:
    """Debian's Chromium, headless."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


def report(epoch: int, epochs: int, k: int = len(CLASSES)) -> EpochReport:
    """An epoch whose matrices differ visibly from the one before."""
    rng = np.random.default_rng(epoch)
    soft = rng.dirichlet(np.full(k, 0.05 if epoch % 2 else 5.0), k).astype(np.float32)
    counts = rng.integers(0, 50, (k, k)).astype(np.uint32)
    top1 = 1 - 0.9 / epoch
    names = ("train_loss", "train_top1", "val_loss", "val_top1", "val_top5", "val_ece", "lr")
    metrics = dict.fromkeys(names, top1) | {"epoch_seconds": 4.0, "images_per_second": 2000.0}
    matrices: dict[MatrixKind, np.ndarray] = {
        "soft_labels": soft,
        "confusion": counts,
        "val_probs": soft,
    }
    return EpochReport(epoch, epochs, metrics, matrices, eta_seconds=10.0)


def _info(classes: Sequence[str]) -> RunInfo:
    k = len(classes)
    initial = np.full((k, k), 1 / k, np.float32)
    return RunInfo(tuple(classes), "cpu", "CPU", 1, 84_470, 9_300, 3_100, 0, 73, 0, initial)
