"""The queue on a real Redis server, as docker-compose runs it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backend.core.celery_queue import nudge, unreachable
from backend.core.settings import Settings
from backend.store.database import Database
from tests.support.lab import Lab, is_final
from tests.support.servers import NotInstalledError, RedisServer
from tests.worker.conftest import config, database  # noqa: F401


@pytest.fixture
def server() -> Iterator[RedisServer]:
    """A running redis-server."""
    try:
        server = RedisServer()
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    server.start()
    yield server
    server.close()


@pytest.fixture
def redis_lab(
    server: RedisServer,
    config: Settings,  # noqa: F811
    database: Database,  # noqa: F811
) -> Iterator[Lab]:
    lab = Lab(config.model_copy(update={"broker_url": server.url}), database)
    yield lab
    lab.close()


def test_a_run_trains_through_redis(redis_lab: Lab) -> None:
    redis_lab.start_worker(OLS_BROKER_URL=redis_lab.config.broker_url)
    run_id = redis_lab.submit(epochs=1)
    redis_lab.wait(run_id, is_final)
    assert redis_lab.run(run_id)["state"] == "finished"


def test_a_broker_that_is_away_loses_no_run(redis_lab: Lab, server: RedisServer) -> None:
    config = redis_lab.config  # noqa: F811
    assert not unreachable(config)
    server.stop()
    assert unreachable(config)
    assert not nudge(config), "says so, and raises nothing"
    run_id = redis_lab.submit()
    assert redis_lab.run(run_id)["state"] == "queued"
