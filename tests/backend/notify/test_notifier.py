"""The threads of a process: who hangs holds up nobody else, and nothing runs without an address."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from backend.core.settings import Settings
from backend.notify import notifier
from backend.notify.notifier import Notifier
from backend.store.database import Database
from backend.store.tables import Recipient
from tests.support import factories as make
from tests.support.receiver import receiver
from tests.support.waiting import wait_until


@pytest.fixture
def stop(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    monkeypatch.setattr(notifier, "PAUSE", 0.05)
    stop = threading.Event()
    yield stop
    stop.set()


def lab(config: Settings, **values: str) -> Settings:
    secret = {"notify_webhook_secret": "a long enough secret"}
    return Settings(_env_file=None, **config.model_dump() | secret | values)


def test_without_an_address_there_are_no_threads(
    config: Settings, database: Database, stop: threading.Event
) -> None:
    before = threading.active_count()
    Notifier(config, database, stop).start()
    assert threading.active_count() == before


def test_one_that_hangs_holds_up_no_other(
    config: Settings, database: Database, stop: threading.Event
) -> None:
    with receiver() as hangs, receiver() as works:
        hangs.status = "hang"
        both = lab(config, notify_webhook=f"{hangs.url} {works.url}")
        threads = Notifier(both, database, stop)
        threads.start()
        wait_until(lambda: registered(database) == 2)
        first = make.run_in(database, "finished")
        assert hangs.arrived.wait(60)
        second = make.run_in(database, "failed")
        wait_until(lambda: [event["run"] for event in works.events] == [first, second])
        assert not hangs.accepted
        stop.set()
        threads.close()
        assert not [thread for thread in threads._threads if thread.is_alive()]


def test_two_processes_tell_each_event_once(
    config: Settings, database: Database, stop: threading.Event
) -> None:
    with receiver() as works:
        own = lab(config, notify_webhook=works.url)
        for _ in range(2):
            Notifier(own, database, stop).start()
        wait_until(lambda: registered(database) == 1)
        ids = [make.run_in(database, "finished") for _ in range(12)]
        wait_until(lambda: len(works.events) >= 12)
        assert [event["run"] for event in works.events] == ids


def registered(database: Database) -> int:
    with database.read() as session:
        return session.query(Recipient).count()
