"""The queue on a real Redis server, as docker-compose runs it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis

from backend.queue import nudge, reachable
from backend.settings import Settings
from backend.store.database import Database
from tests.worker.conftest import Lab, config, database, is_final  # noqa: F401

pytestmark = pytest.mark.services


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A private redis-server and its URL."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip("Redis is not installed: apt-get install redis-server")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    process = subprocess.Popen(
        [program, "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(tmp_path)],
        stdout=subprocess.DEVNULL,
    )
    client = redis.Redis(port=port)
    for _ in range(100):
        try:
            client.ping()
            break
        except redis.ConnectionError:
            time.sleep(0.05)
    yield process, f"redis://127.0.0.1:{port}/0"
    process.terminate()
    process.wait(10)


@pytest.fixture
def redis_lab(
    server: tuple[subprocess.Popen[bytes], str],
    config: Settings,  # noqa: F811
    database: Database,  # noqa: F811
) -> Iterator[Lab]:
    lab = Lab(config.model_copy(update={"broker_url": server[1]}), database)
    yield lab
    lab.close()


def test_a_run_trains_through_redis(redis_lab: Lab) -> None:
    redis_lab.start_worker(OLS_BROKER_URL=redis_lab.config.broker_url)
    run_id = redis_lab.submit(epochs=1)
    redis_lab.wait(run_id, is_final, 60)
    assert redis_lab.run(run_id)["state"] == "finished"


def test_a_broker_that_is_away_loses_no_run(
    redis_lab: Lab, server: tuple[subprocess.Popen[bytes], str]
) -> None:
    config = redis_lab.config  # noqa: F811
    assert reachable(config)
    server[0].terminate()
    server[0].wait(10)
    assert not reachable(config)
    assert not nudge(config), "says so, and raises nothing"
    run_id = redis_lab.submit()
    assert redis_lab.run(run_id)["state"] == "queued"
