"""Grounds for kills, on servers that the tests start."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.kills.ground import SPEC, Ground, faults, settings
from tests.support.measured import Series, directly
from tests.support.servers import NotInstalledError, PostgreSQL, RedisServer


@pytest.fixture(scope="session")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> Series:
    """The metrics of SPEC."""
    return directly(SPEC, tmp_path_factory.mktemp("undisturbed"))


@pytest.fixture(scope="session")
def servers() -> Iterator[tuple[PostgreSQL, RedisServer]]:
    try:
        postgres, redis = PostgreSQL(), RedisServer()
    except NotInstalledError as missing:
        pytest.skip(str(missing))
    postgres.start()
    redis.start()
    yield postgres, redis
    redis.close()
    postgres.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="ols-kills-", ignore_cleanup_errors=True) as path:
        yield Path(path)


@pytest.fixture
def ground(servers: tuple[PostgreSQL, RedisServer], folder: Path) -> Iterator[Ground]:
    """On PostgreSQL and Redis, as several machines would be."""
    postgres, redis = servers
    for server in servers:
        if not server.running:  # a test that failed left it so
            server.start()
    redis.flush()
    config = settings(folder, postgres.new_database(), redis.url)
    ground = Ground(config, postgres, redis)
    yield ground
    ground.close()


@pytest.fixture
def embedded(folder: Path) -> Iterator[Ground]:
    """On the default: SQLite and a folder as the queue."""
    ground = Ground(settings(folder), None, None)
    yield ground
    ground.close()


@pytest.fixture
def as_if_undisturbed(undisturbed: Series) -> Callable[..., None]:
    """Asserts that runs finished once, bit for bit as without a kill, and left no process."""

    def check(ground: Ground, *run_ids: int) -> None:
        found = [fault for run_id in run_ids for fault in faults(ground, run_id, undisturbed)]
        assert not found
        assert not ground.trainers(), "an orphan"

    return check
