"""A nudge: one free slot works the queue off; without one nothing happens."""

from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from backend.store import transitions
from tests.worker.conftest import Lab
from worker import tasks
from worker.runtime import Runtime
from worker.slots import Slot, SlotTable


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
        def __init__(self, _config, database, claim, _stop) -> None:  # type: ignore[no-untyped-def]
            self.database, self.claim = database, claim

        def supervise(self, slot: Slot) -> None:
            assert shared.slots.describe()[slot.index]["run_id"] == self.claim.run_id
            seen.append(self.claim.run_id)
            with self.database.write() as session:
                assert transitions.finish(session, self.claim)

    monkeypatch.setattr(tasks, "Supervisor", AtOnce)
    return seen


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
    with shared.slots.take():
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
    shared.slots = SlotTable([Slot(index, None, "CPU") for index in range(4)])
    ids = [lab.submit() for _ in range(12)]
    nudge: Callable[[], None] = tasks.train_what_is_queued
    threads = [threading.Thread(target=nudge) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(trained) == ids
