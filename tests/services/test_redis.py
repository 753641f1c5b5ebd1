"""The queue on a real Redis server, as docker-compose runs it."""

from __future__ import annotations

import sys
from collections.abc import Iterator

import pytest
import redis

from backend.core.celery_queue import nudge, unreachable
from backend.core.settings import Settings
from backend.store.database import Database
from tests.support.lab import Lab, is_final
from tests.support.servers import NotInstalledError, RedisServer
from tests.support.waiting import wait_until
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


# Redis hands a message out again that was not acknowledged for an hour, and a worker looks for such
# every hundred seconds; here it is two seconds, and each second.
OPTIONS = {"visibility_timeout": 2, "unacked_restore_interval": 1, "unacked_restore_throttle": 1}
SOON = (
    sys.executable,
    "-c",
    f"from worker.app import app; app.conf.broker_transport_options = {OPTIONS}; "
    "app.worker_main(['worker'])",
)


def test_a_nudge_that_redis_hands_out_again_starts_no_second_trainer(
    redis_lab: Lab, server: RedisServer
) -> None:
    redis_lab.worker, redis_lab.nudges = SOON, 4
    for _ in range(2):
        redis_lab.start_worker(OLS_BROKER_URL=redis_lab.config.broker_url)
    run_id = redis_lab.submit(epochs=2)
    wait_until(redis_lab.trainers)
    [trainer] = redis_lab.trainers()
    trainer.suspend()  # it takes as long as the test wants
    with redis.Redis(port=server.port) as client:
        # Its worker holds a further nudge, which waits for the slot.
        wait_until(lambda: client.hlen("unacked") == 1)
        [held] = client.hkeys("unacked")
        # After the timeout the other worker gets it, looks, and finds nothing to do.
        wait_until(lambda: not client.hexists("unacked", held))
    assert redis_lab.trainers() == [trainer]
    trainer.resume()
    redis_lab.wait(run_id, is_final)
    assert redis_lab.run(run_id)["state"] == "finished"
    assert [attempt["outcome"] for attempt in redis_lab.attempts(run_id)] == ["finished"]
