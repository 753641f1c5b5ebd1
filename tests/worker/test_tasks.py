"""A nudge: free slots work the queue off; where none is free or nothing fits nothing happens."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

import pytest
from sqlalchemy import update

from backend.core.code_version import CODE, code_version
from backend.core.storage import StorageProblem
from backend.store import claims, requests, runs
from backend.store.claims import Claim
from backend.store.tables import Run
from ols.spec.run_spec import RunSpec
from tests.support.lab import Lab
from worker import tasks
from worker.machine.slots import Slot, SlotTable
from worker.runtime import Runtime
from worker.supervisor import Supervisor


@pytest.fixture
def shared(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    slots = SlotTable([Slot(0, None, "CPU")])
    shared = Runtime(lab.config, lab.database, slots, "test")
    monkeypatch.setattr(tasks, "runtime", lambda: shared)
    return shared


@pytest.fixture
def trained(lab: Lab, shared: Runtime, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Runs in the order in which a supervisor that finishes at once got them."""
    seen: list[int] = []

    class AtOnce:
        def __init__(self, _config, database, claim, *_others) -> None:  # type: ignore[no-untyped-def]
            self.database, self.claim = database, claim

        def supervise(self, slots: list[Slot], started: Callable[[int, int], None]) -> None:
            assert len(slots) == self.claim.devices
            started(self.claim.run_id, 4711)
            for slot in slots:
                assert shared.slots.look()[slot.index].run_id == self.claim.run_id
                assert shared.slots.look()[slot.index].pid == 4711
            seen.append(self.claim.run_id)
            with self.database.write() as session:
                assert claims.finish(session, self.claim)

    monkeypatch.setattr(tasks, "Supervisor", AtOnce)
    return seen


@pytest.fixture
def nudges(monkeypatch: pytest.MonkeyPatch) -> list[object]:
    sent: list[object] = []
    monkeypatch.setattr(tasks, "nudge", sent.append)
    return sent


def taking(run_id: int, devices: int = 1) -> Callable[[list[Slot]], Claim]:
    """What takes the slots of another thread's run."""
    return lambda _: Claim(run_id, 1, {"devices": devices}, "")


def cpu_slots(count: int) -> SlotTable:
    return SlotTable([Slot(index, None, "CPU") for index in range(count)])


def test_one_nudge_works_off_the_queue_in_order(lab: Lab, trained: list[int]) -> None:
    ids = [lab.submit() for _ in range(3)]
    tasks.train_what_is_queued()
    assert trained == ids
    tasks.train_what_is_queued()
    assert trained == ids, "a second nudge finds nothing and does nothing"


def test_without_a_free_slot_a_nudge_ends_quietly(
    lab: Lab, shared: Runtime, trained: list[int]
) -> None:
    run_id = lab.submit()
    with shared.slots.take(taking(run_id)):
        tasks.train_what_is_queued()
    assert trained == []
    assert lab.run(run_id)["state"] == "queued"


def test_a_worker_that_shuts_down_claims_nothing(
    lab: Lab, shared: Runtime, trained: list[int]
) -> None:
    run_id = lab.submit()
    shared.stop.set()
    tasks.train_what_is_queued()
    assert (trained, lab.run(run_id)["state"]) == ([], "queued")


def test_nudges_at_once_train_each_run_once(lab: Lab, shared: Runtime, trained: list[int]) -> None:
    shared.slots = cpu_slots(4)
    ids = [lab.submit() for _ in range(12)]
    nudge: Callable[[], None] = tasks.train_what_is_queued
    threads = [threading.Thread(target=nudge) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(trained) == ids


def test_a_run_takes_its_devices_at_once_and_wakes_a_thread_for_each_when_it_ends(
    lab: Lab, shared: Runtime, trained: list[int], nudges: list[object]
) -> None:
    shared.slots = cpu_slots(3)
    ids = [lab.submit(devices=3), lab.submit()]
    tasks.train_what_is_queued()
    assert trained == ids
    assert len(nudges) == 2, "for the two slots that this thread does not use"
    assert shared.slots.idle == 3


def test_nothing_overtakes_a_run_that_waits_for_its_devices(
    lab: Lab, shared: Runtime, trained: list[int], nudges: list[object]
) -> None:
    shared.slots = cpu_slots(2)
    with shared.slots.take(lambda _: Claim(77, 1, {}, "")):
        large, small = lab.submit(devices=2), lab.submit()
        tasks.train_what_is_queued()
        assert trained == []
        urgent = lab.submit()
        with lab.database.write() as session:
            runs.edit(session, urgent, {"priority": 1})
        tasks.train_what_is_queued()
        assert trained == [urgent], "it comes first by priority"
    tasks.train_what_is_queued()
    assert trained == [urgent, large, small]


def test_a_run_that_this_worker_can_never_hold_is_passed_over(
    lab: Lab, shared: Runtime, trained: list[int]
) -> None:
    shared.slots = cpu_slots(2)
    lab.submit(devices=3)
    small = lab.submit()
    tasks.train_what_is_queued()
    assert trained == [small]


def store_spec(lab: Lab, run_id: int, **changes: object) -> None:
    """As a server of another version would have stored it."""
    with lab.database.write() as session:
        spec = session.get_one(Run, run_id).spec | changes
        session.execute(update(Run).where(Run.id == run_id).values(spec=spec))


@pytest.mark.parametrize(
    "changes", [{"version": 2}, {"not_yet_known": 1}, {"method": {"name": "x"}}]
)
def test_a_run_of_another_versions_goes_back_and_waits_for_another_worker(
    lab: Lab,
    shared: Runtime,
    trained: list[int],
    caplog: pytest.LogCaptureFixture,
    changes: dict[str, object],
) -> None:
    newer, known = lab.submit(), lab.submit()
    store_spec(lab, newer, **changes)
    tasks.train_what_is_queued()
    tasks.train_what_is_queued()
    assert trained == [known]
    assert lab.run(newer)["state"] == "queued"
    (attempt,) = lab.attempts(newer)
    assert attempt["outcome"] == "handed back"
    for words in (next(iter(changes)), code_version()[CODE], "Update the older one"):
        assert words in attempt["reason"]
    assert caplog.text.count("Update the older one") == 1
    shared.unreadable.clear()  # as a worker that starts with the right version
    with lab.database.write() as session:
        spec = RunSpec.parse({"method": "ols"}).model_dump(mode="json")
        session.execute(update(Run).where(Run.id == newer).values(spec=spec))
    tasks.train_what_is_queued()
    assert trained == [known, newer]


def test_a_cancelled_run_of_another_versions_ends(
    lab: Lab, shared: Runtime, trained: list[int]
) -> None:
    run_id = lab.submit()
    store_spec(lab, run_id, not_yet_known=1)
    tasks.train_what_is_queued()
    with lab.database.write() as session:
        requests.cancel(session, run_id)
    assert lab.run(run_id)["state"] == "cancelled"
    assert not trained


def test_nudges_at_once_never_give_a_slot_to_two_runs(
    lab: Lab,
    shared: Runtime,
    trained: list[int],
    nudges: list[object],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shared.slots = cpu_slots(4)
    busy: set[int] = set()
    finish = tasks.Supervisor.supervise

    def supervise(self: Supervisor, slots: list[Slot], started: Callable[[int, int], None]) -> None:
        taken = {slot.index for slot in slots}
        assert not busy & taken
        busy.update(taken)
        time.sleep(0.01)
        busy.difference_update(taken)
        finish(self, slots, started)

    monkeypatch.setattr(tasks.Supervisor, "supervise", supervise)
    ids = [lab.submit(devices=1 + n % 4) for n in range(16)]
    failed: list[BaseException] = []

    def work() -> None:
        try:
            for _ in range(8):
                tasks.train_what_is_queued()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    tasks.train_what_is_queued()
    assert not failed
    assert sorted(trained) == ids
    assert shared.slots.idle == 4


def test_nothing_is_claimed_while_nothing_can_be_written(
    lab: Lab,
    trained: list[int],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    run_id = lab.submit()
    problem = StorageProblem("full", "The disk of /data is full")
    monkeypatch.setattr(tasks, "storage_problem", lambda _: problem)
    tasks.train_what_is_queued()
    assert lab.run(run_id)["state"] == "queued"
    assert problem.text in caplog.text
    monkeypatch.setattr(tasks, "storage_problem", lambda _: None)
    tasks.train_what_is_queued()
    assert trained == [run_id]
