"""Messages that nobody of ours has sent: what comes is said, and no run is lost."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import Any

import redis

from backend.core.celery_queue import QUEUE
from tests.kills.ground import Ground
from tests.support.lab import is_final

TINY: dict[str, Any] = {"epochs": 1}


def message(task: str, arguments: object) -> str:
    """As kombu puts it on a list of Redis."""
    body = json.dumps([arguments, {}, {}]).encode()
    return json.dumps(
        {
            "body": base64.b64encode(body).decode(),
            "content-encoding": "utf-8",
            "content-type": "application/json",
            "headers": {"task": task, "id": "1", "lang": "py", "argsrepr": "", "kwargsrepr": ""},
            "properties": {
                "body_encoding": "base64",
                "delivery_tag": "1",
                "delivery_info": {"exchange": "", "routing_key": QUEUE},
                "delivery_mode": 2,
            },
        }
    )


NONE_OF_OURS = {
    "no JSON": "garbage \x00",
    "no message": json.dumps({"run": 7}),
    "no object": json.dumps([1, 2]),
    "a number that is no run": message("ols.nudge", [999_999]),
    "words for an id": message("ols.nudge", ["; DROP TABLE runs"]),
    "another task": message("ols.other", []),
    "a malformed body": message("ols.nudge", "x"),
}


def test_messages_that_are_none_are_passed_over(
    ground: Ground, as_if_undisturbed: Callable[..., None]
) -> None:
    worker = ground.start_worker()
    first = ground.submit()
    ground.until_epoch(first, 1)
    with redis.Redis.from_url(ground.config.broker_url) as client:
        for text in NONE_OF_OURS.values():
            client.lpush(QUEUE, text)
    second = ground.submit()
    ground.until_final(first, second)
    as_if_undisturbed(ground, first, second)
    assert worker.poll() is None, "the worker lives"
    last = ground.submit(**TINY)
    ground.wait(last, is_final)
    assert [ground.run(one)["attempt"] for one in (first, second, last)] == [1, 1, 1]
    log = (ground.config.data_dir / "worker.log").read_text()
    assert "ols.other" in log
    assert "no message is passed over" in log
    assert "a nudge came with content" in log
