"""Redis and PostgreSQL that stop, forget and restart while runs train."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable

import pytest

from tests.kills.ground import LEASE, SPEC, Ground
from tests.support.waiting import wait_until

Check = Callable[..., None]
AWAY = 2 * LEASE  # seconds

# A worker whose every nudge is sent twice, or only every second time; before anybody imports it.
NUDGES = """
import itertools, sys
from backend.core import celery_queue as queue
once, count = queue.nudge, itertools.count()
def twice(config=None): return once(config) and once(config)
def seldom(config=None): return next(count) % 2 == 0 or once(config)
queue.nudge = {how}
sys.argv = ["celery", "-A", "worker.app", "worker"]
from celery.__main__ import main
main()
"""


def test_redis_away_for_a_while_and_then_without_its_memory(
    ground: Ground, as_if_undisturbed: Check
) -> None:
    assert ground.redis is not None
    ground.start_worker(OLS_CPU_SLOTS="2")
    web = ground.start_web()
    training = ground.submit()
    ground.until_epoch(training, 2)
    ground.redis.stop()
    stopped = time.monotonic()
    answer = web.post("/api/runs", json={"spec": SPEC})
    assert answer.status_code == 201, "a run is accepted without the queue"
    time.sleep(max(0.0, AWAY - (time.monotonic() - stopped)))
    assert web.get("/healthz").status_code == 503
    ground.redis.start()
    late = ground.submit()
    ground.redis.flush()
    ground.until_final(training, answer.json()["id"], late)
    as_if_undisturbed(ground, training, answer.json()["id"], late)
    assert ground.run(training)["attempt"] == 1, "a run that trains needs no queue"
    wait_until(lambda: web.get("/healthz").json()["queue"] == "ok")


def test_postgresql_crashes_and_comes_back_under_load(
    ground: Ground, as_if_undisturbed: Check
) -> None:
    assert ground.postgres is not None
    ground.start_worker(OLS_CPU_SLOTS="2")
    web = ground.start_web()
    run_ids = [ground.submit() for _ in range(3)]
    for run_id in run_ids[:2]:
        ground.until_epoch(run_id, 2)
    ground.postgres.stop()
    assert web.get("/api/runs").status_code == 503
    assert web.post("/api/runs", json={"spec": SPEC}).status_code == 503
    time.sleep(AWAY)
    ground.postgres.start()
    ground.until_final(*run_ids)
    as_if_undisturbed(ground, *run_ids)
    assert [ground.run(run_id)["attempt"] for run_id in run_ids] == [1, 1, 1], "nobody was late"
    assert len(web.get("/api/runs").json()["runs"]) == 3


@pytest.mark.parametrize("how", ["twice", "seldom"])
def test_messages_that_come_twice_or_only_every_second_time(
    ground: Ground, as_if_undisturbed: Check, how: str
) -> None:
    ground.worker = (sys.executable, "-c", NUDGES.format(how=how))
    ground.nudges = {"twice": 2, "seldom": 0}[how]
    for _ in range(2):
        ground.start_worker()
    run_ids = [ground.submit() for _ in range(2)]
    ground.until_final(*run_ids)
    as_if_undisturbed(ground, *run_ids)
    assert [ground.run(run_id)["attempt"] for run_id in run_ids] == [1, 1]
