"""Telling an address: each event once, whatever the receiver or another janitor does."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
import threading
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select

from backend.core.notify_addresses import Address, read_addresses
from backend.core.settings import Settings
from backend.notify.delivery import deliver
from backend.notify.sending import Sender
from backend.store import recipients
from backend.store.database import Database
from backend.store.tables import Notice, Recipient
from tests.support import factories as make
from tests.support.receiver import Receiver, receiver

NOW = datetime.now(UTC)
SECRET = "a secret of the webhook"
DOCS = Path(__file__).parents[3] / "docs" / "notifications.md"


@pytest.fixture
def inbox() -> Iterator[Receiver]:
    with receiver() as got:
        yield got


class Office:
    """A lab with one address; sends as its janitor would, at a time of its own."""

    def __init__(self, database: Database, config: Settings) -> None:
        self.database, self.config, self.now = database, config, datetime.now(UTC)
        self.addresses = config.addresses
        self.send: Any = Sender(threading.Event())
        with database.write() as session:
            recipients.register(session, self.addresses, self.now)

    @property
    def address(self) -> Address:
        return self.addresses[0]

    def deliver(self) -> bool:
        return deliver(self.database, self.config, self.address, self.send, self.now)

    def wait(self, **time: float) -> None:
        self.now += timedelta(**time)

    def row(self) -> Recipient:
        with self.database.read() as session:
            return session.scalars(select(Recipient)).one()

    def happened(self, count: int, kind: str = "finished", **values: Any) -> None:
        """So many events now."""
        data = {"name": "n", "epoch": 3, "epochs": 30, "error": None}
        row = {"kind": kind, "run_id": 7, "data": data, "created_at": self.now, **values}
        with self.database.write() as session:
            session.execute(insert(Notice), [row] * count)


@pytest.fixture
def office(database: Database, config: Settings, inbox: Receiver) -> Office:
    values = {"notify_webhook": inbox.url, "notify_webhook_secret": SECRET}
    return Office(database, Settings(_env_file=None, **config.model_dump() | values))


def people(office: Office, sent: list[dict[str, Any]], error: str = "") -> Office:
    """The same lab with a person's address, who gets what is put into `sent`."""
    office.addresses = read_addresses("slack://token")

    def send(_address: Address, task: dict[str, Any]) -> str:
        sent.append(task)
        return error

    office.send = send
    with office.database.write() as session:
        session.query(Recipient).delete()
        recipients.register(session, office.addresses, office.now)
    return office


def test_an_event_arrives_once_and_says_what_happened(office: Office, inbox: Receiver) -> None:
    run_id = make.run_in(office.database, "failed", name="the one")
    assert office.deliver()
    assert not office.deliver()
    [event] = inbox.events
    assert (event["kind"], event["run"], event["experiment"]) == ("failed", run_id, None)
    assert event["title"] == f"Run {run_id} “the one” failed"
    assert event["text"] == "it crashed"
    assert office.row().token is None


def test_the_documented_lines_verify_the_signature(office: Office, inbox: Receiver) -> None:
    make.run_in(office.database, "finished")
    office.deliver()
    [(headers, body)] = inbox.requests
    blocks = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.S)
    names: dict[str, Any] = {}
    exec(next(block for block in blocks if "def verified" in block), names)
    signature = headers["OLS-Signature"]
    assert names["verified"](SECRET, signature, body)
    assert not names["verified"]("another secret", signature, body)
    assert not names["verified"](SECRET, signature, body + b" ")
    time, _, digest = signature.removeprefix("t=").partition(",sha256=")
    old = f"t={int(time) - 3600}"
    resigned = hmac.new(SECRET.encode(), f"{old[2:]}.".encode() + body, hashlib.sha256).hexdigest()
    assert not names["verified"](SECRET, f"{old},sha256={resigned}", body), "it is an hour old"
    assert not names["verified"](SECRET, f"{old},sha256={digest}", body)


def test_a_new_address_hears_of_what_happens_from_now_on(office: Office, inbox: Receiver) -> None:
    sent: list[dict[str, Any]] = []
    make.run_in(office.database, "finished")
    people(office, sent)
    assert not office.deliver()
    make.run_in(office.database, "finished")
    assert office.deliver()
    assert [task["level"] for task in sent] == ["success"]


def test_an_address_hears_of_the_events_that_it_chose(office: Office) -> None:
    sent: list[dict[str, Any]] = []
    people(office, sent)
    office.addresses = read_addresses("failed=slack://token")
    office.happened(3, "finished")
    assert not office.deliver()
    office.happened(1, "diverged")
    assert office.deliver()
    assert [task["title"] for task in sent] == ["Run 7 “n” diverged after epoch 3 of 30"]


@pytest.mark.slow
def test_a_day_of_500_is_borne_and_what_is_too_old_is_given_up(
    office: Office, inbox: Receiver, caplog: pytest.LogCaptureFixture
) -> None:
    inbox.status = 500
    office.happened(2)
    began = office.now
    while office.now - began < timedelta(hours=23, minutes=59):
        assert not office.deliver()
        office.wait(minutes=7)
    assert office.row().last_error == "it answered 500"
    assert 25 <= len(inbox.requests) <= 35, "30 s, 1 min, ... and then each hour"
    office.happened(1)
    office.wait(hours=1)
    assert not office.deliver()
    row = office.row()
    assert (row.given_up, row.given_up_at) == (2, office.now)
    assert "gave up 2 events for webhook 1 after 24 h" in caplog.text
    inbox.status = 200
    assert not office.deliver(), "it waits for its next try"
    office.wait(hours=1)
    assert office.deliver()
    assert [event["id"] for event in inbox.events] == [3]
    assert office.row().failures == 0


def test_a_receiver_that_closes_gets_it_later(office: Office, inbox: Receiver) -> None:
    inbox.status = "close"
    office.happened(1)
    assert not office.deliver()
    assert office.row().last_error == "it closed the connection without an answer"
    inbox.status = 200
    office.wait(seconds=31)
    assert office.deliver()
    assert len(inbox.events) == 1


def test_a_receiver_that_hangs_is_left(office: Office, inbox: Receiver) -> None:
    inbox.status = "hang"
    office.send = Sender(threading.Event(), longest=1)
    office.happened(1)
    assert not office.deliver()
    assert office.row().last_error == "it did not answer within 1 s"
    assert office.row().token is None


def test_a_stop_does_not_wait_for_a_receiver_that_hangs(office: Office, inbox: Receiver) -> None:
    inbox.status = "hang"
    stop = threading.Event()
    office.send = Sender(stop, longest=3600)
    office.happened(1)
    courier = threading.Thread(target=office.deliver)
    courier.start()
    assert inbox.arrived.wait(60)
    stop.set()
    courier.join(60)
    assert not courier.is_alive()
    assert office.row().last_error == "the service stopped"


@pytest.mark.parametrize("status", [301, 302, 404])
def test_nothing_is_followed_elsewhere(office: Office, inbox: Receiver, status: int) -> None:
    inbox.status = status
    office.happened(1)
    assert not office.deliver()
    assert f"it answered {status}" in (office.row().last_error or "")
    assert len(inbox.requests) == 1


def test_a_closed_port_is_told_in_words(office: Office) -> None:
    office.addresses = read_addresses("http://127.0.0.1:9/secret-path", webhooks=True)
    office.happened(1)
    office.deliver()
    assert office.row().last_error == "Connection refused"


def test_two_janitors_tell_it_once(office: Office, inbox: Receiver) -> None:
    inbox.status = "hang"
    office.happened(5)
    first = threading.Thread(target=office.deliver)
    first.start()
    assert inbox.arrived.wait(60)
    assert not office.deliver(), "the other one has the lease"
    inbox.status = 200
    inbox.release.set()
    first.join(60)
    assert not office.deliver()
    assert [event["id"] for event in inbox.events] == [1, 2, 3, 4, 5]


def test_janitors_that_race_tell_each_event_once(office: Office) -> None:
    told: list[int] = []

    def send(_address: Address, task: dict[str, Any]) -> str:
        told.extend(event["id"] for event in json.loads(task["body"])["events"])
        return ""

    office.send = send
    office.happened(750)
    barrier = threading.Barrier(4)

    def janitor() -> None:
        barrier.wait()
        for _ in range(30):
            office.deliver()

    threads = [threading.Thread(target=janitor) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    while office.deliver():
        pass
    assert told == list(range(1, 751))


def test_a_janitor_that_was_killed_is_followed_by_another(office: Office, inbox: Receiver) -> None:
    office.happened(1)
    with office.database.write() as session:
        lost = recipients.claim(session, office.address, 10, office.now)
    assert lost is not None
    assert not office.deliver()
    office.wait(seconds=recipients.LEASE.total_seconds() + 1)
    assert office.deliver()
    with office.database.write() as session:
        assert not recipients.sent(session, lost, office.now), "its lease has ended"
    assert len(inbox.events) == 1


def test_10_000_events_are_one_message_to_a_person(office: Office) -> None:
    sent: list[dict[str, Any]] = []
    people(office, sent)
    office.happened(9_000)
    office.happened(1_000, "failed")
    office.deliver()
    assert not office.deliver()
    office.happened(1)
    office.deliver()
    assert [task["title"] for task in sent] == [
        "10,000 events: 9,000 finished, 1,000 failed",
        "Run 7 “n” finished",
    ]
    assert sent[0]["text"].splitlines()[-1] == "and 9,980 more"
    assert len(sent[0]["text"]) < 2_000
    assert sent[0]["level"] == "failure"


@pytest.mark.slow
def test_10_000_events_reach_a_webhook_in_order_and_little_memory(office: Office) -> None:
    ids: list[int] = []

    def send(_address: Address, task: dict[str, Any]) -> str:
        ids.extend(event["id"] for event in json.loads(task["body"])["events"])
        return ""

    office.send = send
    office.happened(10_000)
    office.deliver()
    tracemalloc.start()
    while office.deliver():
        pass
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert ids == list(range(1, 10_001))
    assert peak < 10e6, "bytes"


def test_quiet_hours_put_off_and_drop_nothing(office: Office, inbox: Receiver) -> None:
    office.config.notify_quiet = "22:00-07:00 Europe/Berlin"
    office.now = datetime(2026, 7, 1, 20, 30, tzinfo=UTC)  # 22:30 there
    office.happened(2)
    assert not office.deliver()
    office.wait(hours=8)  # 06:30
    assert not office.deliver()
    assert not inbox.requests
    office.wait(minutes=31)
    assert office.deliver()
    assert len(inbox.events) == 2


def test_a_secret_that_an_error_quotes_stays_here(office: Office) -> None:
    sent: list[dict[str, Any]] = []
    people(office, sent)
    data = {"name": "n", "epoch": 0, "epochs": 30, "error": f"no answer from x?key={SECRET}"}
    office.happened(1, "failed", data=data)
    office.deliver()
    assert SECRET not in sent[0]["text"]
    assert "no answer from x?key=***" in sent[0]["text"]


def test_an_address_that_was_away_for_a_day_begins_anew(office: Office) -> None:
    office.happened(1)
    office.wait(hours=25)
    with office.database.write() as session:
        recipients.register(session, office.addresses, office.now)
    assert office.row().cursor == 1
