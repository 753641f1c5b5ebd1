"""Real servers for the browser tests: `python -m backend` and a Celery worker as subprocesses."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from backend.store.database import Database, connect

ROOT = Path(__file__).parents[2]
PATIENCE = 60.0  # seconds; the cores are shared


@dataclass(frozen=True)
class Site:
    """A running server and its database."""

    url: str
    data_dir: Path
    database: Database


@contextmanager
def site(data_dir: Path, **settings: str) -> Iterator[Site]:
    """A server on a free port with `data_dir` as its data folder, and these OLS_ settings."""
    port = _free_port()
    environment = _environment(data_dir) | {"OLS_PORT": str(port)} | settings
    with _process([sys.executable, "-m", "backend"], environment, data_dir / "web.log") as process:
        url = f"http://127.0.0.1:{port}"
        _wait_for(f"{url}/api/workers", process, data_dir / "web.log")
        database = connect(f"sqlite:///{data_dir / 'ols.sqlite3'}")
        yield Site(url, data_dir, database)
        database.dispose()


@contextmanager
def worker(place: Site) -> Iterator[None]:
    """A Celery worker for a site."""
    command = [sys.executable, "-m", "celery", "-A", "worker.app", "worker"]
    environment = _environment(place.data_dir) | {"OLS_WORKER_NAME": "browser-test"}
    with _process(command, environment, place.data_dir / "worker.log"):
        yield


def _environment(data_dir: Path) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("OLS_")}
    return kept | {"OLS_DATA_DIR": str(data_dir), "OLS_HOST": "127.0.0.1"}


@contextmanager
def _process(
    command: list[str], environment: dict[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # a signal to the tests' group is not meant for it
        )
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _wait_for(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=2).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the server did not start:\n{log.read_text()}")
