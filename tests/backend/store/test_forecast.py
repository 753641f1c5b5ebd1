"""When queued runs may start."""

from __future__ import annotations

import math
import time

import pytest

from backend.store import claims, requests, runs, workers
from backend.store.database import Database
from backend.store.time_estimate import lay_out
from tests.support import factories as make


def starts(database: Database, *run_ids: int) -> list[float | None]:
    with database.read() as session:
        found = runs.get_many(session, run_ids)
    return [run["expected_start_seconds"] for run in found]


def test_each_run_goes_where_a_slot_is_free_first() -> None:
    free = {"a": [0.0, 30.0], "b": [10.0]}
    assert lay_out(free, [(1, 1, 100), (2, 1, 100), (3, 1, 100), (4, 1, 5)]) == {
        1: 0.0,
        2: 10.0,
        3: 30.0,
        4: 100.0,
    }


def test_nothing_overtakes_a_run_that_waits_for_its_devices() -> None:
    assert lay_out({"a": [0.0, 50.0]}, [(1, 2, 10), (2, 1, 10)]) == {1: 50.0, 2: 60.0}


def test_what_nobody_knows_is_not_told() -> None:
    queue = [(1, 1, math.inf), (2, 1, 5.0), (3, 3, 5.0)]
    assert lay_out({"a": [7.0]}, queue) == {1: 7.0}, "3 fits no worker, 2 waits for 1's end"
    assert lay_out({"a": [math.inf]}, queue) == {}
    assert lay_out({}, queue) == {}


def test_a_queue_is_laid_out_by_what_past_runs_took(database: Database) -> None:
    make.heartbeat(database, "w", ["cpu"])
    began = time.monotonic()
    past = make.submit(database, epochs=2)
    taken = make.claim(database)
    make.record(database, taken, 1, 2, epochs=2, epoch_seconds=4.0)
    with database.write() as session:
        claims.finish(session, taken)
    made = time.monotonic() - began  # on the clock, beside its epochs
    training = make.submit(database, epochs=10)
    make.record(database, make.claim(database), 1, epochs=10)
    first, second = make.submit(database, epochs=5), make.submit(database, epochs=30)
    foreseen = starts(database, past, training, first, second)
    assert foreseen == [None, None, 1.5, pytest.approx(1.5 + 5 * 4.0, abs=1 + made)]
    make.set_columns(database, training, eta_seconds=None)
    assert starts(database, first) == [pytest.approx(9 * 4.0, abs=1 + made)], "nine epochs are left"


@pytest.mark.parametrize("unable", ["none", "draining", "stopped"])
def test_without_a_worker_that_claims_nothing_starts(database: Database, unable: str) -> None:
    run_id = make.submit(database)
    if unable != "none":
        make.heartbeat(database, "w", ["cpu"])
        assert starts(database, run_id) == [0.0]
        with database.write() as session:
            if unable == "draining":
                workers.drain(session, "w", True)
            else:
                workers.stopped(session, "w")
    assert starts(database, run_id) == [None]


def test_priority_and_size_move_the_start(database: Database) -> None:
    make.heartbeat(database, "w", ["cpu"])
    slow, urgent = make.submit(database), make.submit(database)
    assert starts(database, slow, urgent) == [0.0, None], "how long `slow` takes is unknown"
    with database.write() as session:
        requests.prioritise(session, urgent, 5)
    assert starts(database, slow, urgent) == [None, 0.0]
    large = make.submit(database, devices=2)
    assert starts(database, large) == [None]
