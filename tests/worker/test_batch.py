"""`python -m worker --once`: it trains what is queued and leaves, in time."""

from __future__ import annotations

import signal
import sys
import threading

import pytest

from tests.support import factories as make
from tests.support.lab import Lab
from tests.support.waiting import PATIENCE, wait_until
from tests.worker.test_supervisor import CPU, START
from worker import tasks
from worker.__main__ import main
from worker.machine import slots as machine_slots
from worker.machine.slots import SlotTable
from worker.machine.time_limit import HAND_BACK, SLACK, TimeLimit
from worker.runtime import Runtime
from worker.supervisor import Supervisor
from worker.trainer import spawn

ONCE = [sys.executable, "-m", "worker", "--once", "--idle", "1"]


@pytest.fixture
def batch(lab: Lab) -> Lab:
    """A lab whose workers are batch jobs, and which has no broker."""
    lab.worker, lab.nudges = ONCE, 0
    return lab


@pytest.mark.slow
def test_it_trains_what_is_queued_without_a_broker_and_leaves(batch: Lab) -> None:
    runs = [batch.submit(epochs=1, seed=seed) for seed in range(2)]
    worker = batch.start_worker()
    assert worker.wait(PATIENCE) == 0, batch.log.read_text()
    assert [batch.run(run_id)["state"] for run_id in runs] == ["finished"] * 2
    assert not (batch.config.data_dir / "broker").exists()
    assert "leaves: nothing to train for 1 s" in batch.log.read_text()


@pytest.mark.slow
def test_sigterm_hands_back_and_the_next_job_resumes(batch: Lab) -> None:
    run_id = batch.submit(epochs=40)
    worker = batch.start_worker()
    wait_until(lambda: batch.run(run_id)["progress"]["epoch"] >= 1, otherwise=batch.log.read_text)
    worker.send_signal(signal.SIGTERM)  # as --signal=B:TERM@120 does
    assert worker.wait(PATIENCE) == 0
    handed_back = batch.run(run_id)
    assert handed_back["state"] == "queued"
    assert [each["outcome"] for each in batch.attempts(run_id)] == ["handed back"]
    second = batch.start_worker()
    done = handed_back["progress"]["epoch"]
    wait_until(lambda: batch.run(run_id)["progress"]["epoch"] > done, otherwise=batch.log.read_text)
    second.send_signal(signal.SIGTERM)
    assert second.wait(PATIENCE) == 0
    epochs, _ = batch.recorded(run_id)
    assert epochs == list(range(1, len(epochs) + 1)), "no epoch twice, none left out"


def test_no_epoch_is_begun_that_would_be_cut(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    script = """
for n in range(1, 4):
    send(EpochReport(n, 3, {"val_top1": n / 10, "epoch_seconds": 100.0}, {"soft_labels": S}))
    sys.stdin.readline()
time.sleep(60)
"""
    monkeypatch.setattr(spawn, "COMMAND", (sys.executable, "-c", START + script))
    now = 1000.0
    limit = TimeLimit(now + 2 * SLACK * 100 + HAND_BACK, clock=lambda: now)
    claim = lab.claim()

    class Clocked(Supervisor):
        def _has_time(self, report):  # type: ignore[no-untyped-def]
            nonlocal now
            now += 100.0  # the epoch that is reported
            return super()._has_time(report)

    Clocked(lab.config, lab.database, claim, threading.Event(), limit=limit).supervise([CPU])
    run = lab.run(claim.run_id)
    assert (run["state"], run["progress"]["epoch"]) == ("queued", 2)
    [attempt] = lab.attempts(claim.run_id)
    assert attempt["reason"] == "The worker's time would have cut the next epoch."
    assert limit.over


def test_a_run_whose_epoch_does_not_fit_is_left_to_another_job(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    make.trained(lab.database, epochs=2)  # what its epochs take is known
    lab.submit(dataset="glyphs")
    run_id = lab.submit()
    slots = SlotTable([CPU])
    shared = Runtime(lab.config, lab.database, slots, "test", broker=False)
    monkeypatch.setattr(tasks, "_until_an_epoch", lambda _session, _claim: 3600.0)
    shared.limit = TimeLimit(1000.0, clock=lambda: 0.0)
    tasks.train(shared)
    assert lab.run(run_id)["state"] == "queued"
    assert shared.limit.over
    tasks.train(shared)
    attempts = [each for number in (run_id - 1, run_id) for each in lab.attempts(number)]
    [once] = attempts  # nothing is claimed after that
    assert once["reason"] == "Its next epoch takes about 3600 s; this worker has 985 s left."


def test_the_slots_of_a_machine_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(machine_slots, "visible_gpus", lambda: [("MIG-a1", "H200 MIG 1g.18gb")])
    main(["--slots"])
    assert capsys.readouterr().out.startswith("cuda:MIG-a1: H200 MIG 1g.18gb, ")


@pytest.mark.parametrize("end", ["tomorrow", "12:00", "-5"])
def test_an_end_that_is_no_time_is_refused(end: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        main(["--once", f"--until={end}"])
    assert "seconds since 1970" in capsys.readouterr().err


def test_without_a_limit_there_is_always_time() -> None:
    assert TimeLimit().room_for(1e9)
    assert not TimeLimit().over
