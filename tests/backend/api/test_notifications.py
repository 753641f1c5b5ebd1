"""The addresses by their names, and the test message."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from backend.app import create_app
from backend.core.settings import Settings
from backend.store import recipients
from backend.store.database import Database
from tests.backend.conftest import ADDRESS
from tests.backend.contract import TestClient
from tests.support import factories as make
from tests.support.receiver import Receiver, receiver

SECRET = "a long enough secret"


@pytest.fixture
def inbox() -> Iterator[Receiver]:
    with receiver() as got:
        yield got


@pytest.fixture
def notified(config: Settings, inbox: Receiver) -> Iterator[TestClient]:
    values = {"notify_webhook": inbox.url, "notify_webhook_secret": SECRET}
    own = Settings(_env_file=None, **config.model_dump() | values)
    with TestClient(create_app(own), base_url=ADDRESS) as client:
        yield client


def test_a_lab_without_an_address_says_what_to_set(client: Any) -> None:
    answer = client.get("/api/notifications").json()
    assert answer == {"recipients": [], "quiet": "", "problem": "", "last_event": 0}
    refused = client.post("/api/notifications/test")
    assert refused.status_code == 409
    assert "OLS_NOTIFY_URLS" in refused.json()["error"]["message"]
    assert "Nobody is notified" in client.get("/notifications").text


def test_a_test_says_of_each_address_whether_it_arrived(notified: Any, inbox: Receiver) -> None:
    sent = notified.post("/api/notifications/test").json()
    assert sent == {"results": [{"name": "webhook 1", "error": None}]}
    assert [event["kind"] for event in inbox.events] == ["test"]
    inbox.status = 503
    [result] = notified.post("/api/notifications/test").json()["results"]
    assert result["error"] == "it answered 503"


def test_what_waits_and_why_is_shown_without_the_address(
    config: Settings, notified: Any, database: Database
) -> None:
    [address] = Settings(
        _env_file=None, notify_webhook="https://x.org/0f8a6c2e7b", notify_webhook_secret=SECRET
    ).addresses
    with database.write() as session:
        recipients.register(session, [address], make.STARTED)
    make.run_in(database, "failed")
    with database.write() as session:
        claim = recipients.claim(session, address, 10, make.STARTED)
        assert claim is not None
        recipients.failed(session, claim, "it answered 500", make.STARTED)
    for path in ("/api/notifications", "/notifications"):
        text = notified.get(path).text
        assert "webhook 1" in text
        assert "it answered 500" in text
        assert "0f8a6c2e7b" not in text
    [one] = [
        each
        for each in notified.get("/api/notifications").json()["recipients"]
        if each["error"] == "it answered 500"
    ]
    assert one["waiting"] == 1
