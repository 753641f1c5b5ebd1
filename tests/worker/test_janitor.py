"""The janitor: heartbeats, silent workers, lost nudges, and its own errors."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr
from sqlalchemy import text, update

from backend.core.code_version import CODE, code_version, words
from backend.notify import notifier
from backend.store import claims, recipients, requests, workers
from backend.store.claims import Claim
from backend.store.errors import FilesUnreachable
from backend.store.leases import LeaseWatch
from backend.store.tables import Recipient, Run
from tests.support.lab import Lab
from tests.support.receiver import receiver
from tests.support.waiting import wait_until
from worker import janitor
from worker.janitor import Janitor
from worker.machine.slots import Slot, SlotTable
from worker.runtime import Runtime


@pytest.fixture
def shared(lab: Lab) -> Runtime:
    slots = SlotTable([Slot(0, None, "CPU"), Slot(1, None, "CPU")])
    return Runtime(lab.config, lab.database, slots, "test")


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    sent: list[object] = []
    monkeypatch.setattr(janitor, "nudge", sent.append)
    return sent


@pytest.fixture
def keeper(shared: Runtime, nudges: list[object]) -> Iterator[Janitor]:
    keeper = Janitor(shared)
    yield keeper
    shared.stop.set()


def watch(keeper: Janitor) -> Callable[[float], None]:
    """The janitor's round at a second of a clock that is set by hand; leases last five."""
    clock = [0.0]
    keeper.leases = LeaseWatch(5, lambda: clock[0])

    def at(second: float) -> None:
        clock[0] = second
        keeper._round()

    return at


def listing(lab: Lab) -> list[dict]:
    with lab.database.read() as session:
        return workers.listing(session)


def test_a_heartbeat_tells_slots_runs_datasets_and_versions(
    lab: Lab, shared: Runtime, keeper: Janitor
) -> None:
    run_id = lab.submit()
    with shared.slots.take(lambda _: Claim(run_id, 1, {}, "")):
        keeper._report()
    (worker,) = listing(lab)
    assert (worker["name"], worker["online"]) == ("test", True)
    assert [slot["run_id"] for slot in worker["slots"]] == [run_id, None]
    assert worker["datasets"]["digits"]["available"] is True
    assert {"python", "torch"} <= set(worker["versions"])
    assert code_version().items() <= worker["versions"].items()
    assert worker["versions"]["torch"][0].isdigit()
    assert 0 <= worker["heartbeat_age_seconds"] < 60
    assert worker["slots"][0]["memory_total"] > worker["slots"][0]["memory_used"] == 0
    assert worker["slots"][1]["utilization"] == 0


def test_a_run_whose_worker_fell_silent_is_queued_and_nudged(
    lab: Lab, keeper: Janitor, nudges: list[object]
) -> None:
    claim = lab.claim()
    at = watch(keeper)
    at(0)
    for second in (2, 4, 6):
        with lab.database.write() as session:
            assert claims.renew(session, claim, 5) == "go_on"
        at(second)
    for second in (8, 9, 10, 11):
        at(second)
    assert (lab.run(claim.run_id)["state"], nudges) == ("running", [])
    at(11.1)
    assert lab.run(claim.run_id)["state"] == "queued"
    assert lab.attempts(claim.run_id)[0]["outcome"] == "lost"
    assert len(nudges) == 1, "one nudge for each run that an idle slot can take"


@pytest.mark.parametrize("jump", [timedelta(hours=-1), timedelta(hours=1)])
def test_a_wall_clock_that_jumps_neither_ends_a_lease_nor_keeps_it(
    lab: Lab, keeper: Janitor, jump: timedelta
) -> None:
    """Whether it is the janitor's clock or the worker's: both only ever compare for equality."""
    claim = lab.claim()
    with lab.database.write() as session:
        session.execute(update(Run).values(lease_expires_at=datetime.now(UTC) + jump))
    at = watch(keeper)
    for second in (0, 2, 3, 4):
        at(second)
    assert lab.run(claim.run_id)["state"] == "running"
    at(5.1)
    assert lab.run(claim.run_id)["state"] == "queued"


def test_a_database_of_another_version_ends_the_worker(
    lab: Lab, keeper: Janitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with lab.database.write() as session:
        session.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    signals: list[int] = []
    monkeypatch.setattr(janitor.os, "kill", lambda pid, number: signals.append(number))
    keeper._attempt(keeper._report)
    assert signals == [signal.SIGTERM]
    assert "Update the code" in caplog.text
    assert not listing(lab), "it does not report any more"


def test_a_worker_says_what_it_runs_and_once_who_runs_something_else(
    lab: Lab, shared: Runtime, keeper: Janitor, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    keeper._arrive()
    assert f"this worker runs {words(code_version())}" in caplog.text
    keeper._report()
    assert "update the older one" not in caplog.text
    older = {**code_version(), CODE: "12345678"}
    with lab.database.write() as session:
        workers.heartbeat(
            session,
            name="old:1",
            host="h",
            pid=1,
            slots=[],
            datasets={},
            versions=older,
            started_at=datetime.now(UTC),
        )
    keeper._report()
    keeper._report()
    (warning,) = [line for line in caplog.messages if "update the older one" in line]
    assert f"worker old:1 runs {words(older)}, this one {words(code_version())}" in warning


def test_it_nudges_no_more_than_slots_are_idle(
    lab: Lab, shared: Runtime, keeper: Janitor, nudges: list[object]
) -> None:
    for _ in range(5):
        lab.submit()
    with shared.slots.take(lambda _: Claim(1, 1, {}, "")):
        keeper._report()
    assert len(nudges) == 1


def test_an_error_is_survived(
    lab: Lab,
    shared: Runtime,
    keeper: Janitor,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(janitor, "INTERVAL", 0.01)
    rounds = 0
    work = keeper._report

    def fails_once() -> None:
        nonlocal rounds
        rounds += 1
        if rounds == 1:
            raise RuntimeError("the disk is full")
        work()
        shared.stop.set()

    monkeypatch.setattr(keeper, "_report", fails_once)
    keeper.start()
    keeper.join()
    assert not keeper.is_alive()
    assert "the disk is full" in caplog.text
    assert listing(lab)[0]["online"]


def test_a_worker_that_says_goodbye_is_offline_at_once(
    lab: Lab, shared: Runtime, keeper: Janitor
) -> None:
    keeper.start()
    shared.stop.set()
    keeper.say_goodbye()
    assert not keeper.is_alive()
    with lab.database.read() as session:
        assert workers.online_count(session) == 0


def test_what_was_deleted_is_removed_for_good(lab: Lab, keeper: Janitor) -> None:
    run_id = lab.submit()
    with lab.database.write() as session:
        requests.delete(session, run_id)
        session.execute(update(Run).values(deleted_at=datetime.now(UTC) - timedelta(hours=1)))
    left = lab.config.data_dir / "ranks" / f"{run_id}-1"  # of a launcher that was killed
    left.mkdir(parents=True)
    keeper._tidy()
    assert not left.exists()
    with lab.database.read() as session:
        assert session.get(Run, run_id) is None


def test_uploads_that_were_cut_off_are_freed_where_there_is_a_store(
    keeper: Janitor, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    swept: list[str] = []

    class Store:
        def abort_killed_uploads(self) -> int:
            swept.append("swept")
            if len(swept) == 2:
                raise FilesUnreachable("the store is away")
            return 0

    keeper._attempt(keeper._sweep)
    monkeypatch.setattr(janitor, "object_store", lambda _: Store())
    keeper._attempt(keeper._sweep)
    keeper._attempt(keeper._sweep)
    assert len(swept) == 2
    assert "the store is away" in caplog.text
    assert "Traceback" not in caplog.text


def test_several_janitors_at_once_remove_and_release_once(
    lab: Lab, shared: Runtime, nudges: list[object]
) -> None:
    gone = [lab.submit() for _ in range(5)]
    with lab.database.write() as session:
        for run_id in gone:
            requests.delete(session, run_id)
        session.execute(update(Run).values(deleted_at=datetime.now(UTC) - timedelta(hours=1)))
    claim = lab.claim()
    keepers = [Janitor(shared) for _ in range(4)]
    looks = [watch(keeper) for keeper in keepers]
    for at in looks:
        for second in (0, 2, 3, 4):
            at(second)
    work = [threading.Thread(target=keeper._tidy) for keeper in keepers]
    work += [threading.Thread(target=at, args=(5.1,)) for at in looks]
    for thread in work:
        thread.start()
    for thread in work:
        thread.join()
    assert [attempt["outcome"] for attempt in lab.attempts(claim.run_id)] == ["lost"]
    assert lab.run(claim.run_id)["state"] == "queued"
    with lab.database.read() as session:
        assert [session.get(Run, run_id) for run_id in gone] == [None] * 5


def test_a_worker_notifies_whoever_hangs_beside_its_rounds(
    lab: Lab, shared: Runtime, nudges: list[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(notifier, "PAUSE", 0.05)
    monkeypatch.setattr(janitor, "INTERVAL", 0.05)
    with receiver() as hangs, receiver() as works:
        hangs.status = "hang"
        hook = {
            "notify_webhook": f"{hangs.url} {works.url}",
            "notify_webhook_secret": "a long enough secret",
        }
        shared.config = shared.config.model_copy(
            update={name: SecretStr(value) for name, value in hook.items()}
        )
        keeper = Janitor(shared)
        keeper.start()
        wait_until(lambda: len(registered(lab)) == 2)
        claim = lab.claim()
        with lab.database.write() as session:
            assert claims.finish(session, claim)
        wait_until(lambda: [event["run"] for event in works.events] == [claim.run_id])
        assert hangs.arrived.wait(60)
        since = listing(lab)[0]["heartbeat_at"]
        wait_until(lambda: listing(lab)[0]["heartbeat_at"] > since)
        shared.stop.set()
        keeper.say_goodbye()
        assert not [thread.name for thread in threading.enumerate() if "notify" in thread.name]
    assert listing(lab)[0]["stopped_at"] is not None


def registered(lab: Lab) -> Sequence[Recipient]:
    with lab.database.read() as session:
        return recipients.listing(session)
