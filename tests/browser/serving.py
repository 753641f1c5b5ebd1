"""Real servers for the browser tests: a web process with its database, and a worker beside it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.store.database import Database, connect
from tests.support.processes import end, start_worker, web


@dataclass(frozen=True)
class Site:
    """A running server and its database."""

    url: str
    data_dir: Path
    database: Database


@contextmanager
def site(data_dir: Path, **settings: str) -> Iterator[Site]:
    """A server on a free port with `data_dir` as its data folder, and these OLS_ settings.

    Nobody renews the leases of seeded runs: a busy machine must not end them within a test.
    """
    with web(data_dir, **{"OLS_LEASE_SECONDS": "3600"} | settings) as running:
        database = connect(f"sqlite:///{data_dir / 'ols.sqlite3'}")
        yield Site(running.url, data_dir, database)
        database.dispose()


@contextmanager
def worker(place: Site) -> Iterator[None]:
    """A Celery worker for a site."""
    process = start_worker(place.data_dir, OLS_WORKER_NAME="browser-test")
    try:
        yield
    finally:
        end(process)
