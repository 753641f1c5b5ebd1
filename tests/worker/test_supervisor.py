"""Every way in which a trainer process can end, with small scripts in its place."""

from __future__ import annotations

import sys
import threading
import time

import pytest

from backend.store import metrics, transitions
from tests.worker.conftest import Lab
from worker import trainer
from worker.slots import Slot
from worker.supervisor import Supervisor

CPU = Slot(0, None, "CPU")

START = """
import json, os, signal, sys, time
from multiprocessing.connection import Connection
import numpy as np
from ols.report import EpochReport, Progress, RunInfo
from worker.messages import Done, Failure, encode
job = json.loads(sys.stdin.readline())
pipe = Connection(job["pipe"], readable=False)
def send(message): pipe.send_bytes(encode(message))
S = np.full((2, 2), 0.5, np.float32)
send(RunInfo(("a", "b"), "cpu", "CPU", 1, 10, 8, 4, 0, 1, 0, S))
def epoch(n): send(EpochReport(n, 3, {"val_top1": n / 10}, {"soft_labels": S}))
print("trainer says hello", flush=True)
"""


@pytest.fixture
def supervise(lab: Lab, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def run(script: str, stop: threading.Event | None = None) -> dict:
        monkeypatch.setattr(trainer, "COMMAND", (sys.executable, "-c", START + script))
        claim = lab.claim()
        supervisor = Supervisor(lab.config, lab.database, claim, stop or threading.Event())
        supervisor.supervise(CPU)
        return lab.run(claim.run_id)

    return run


def test_a_clean_end_finishes_the_run_with_all_its_epochs(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("epoch(1); epoch(2); epoch(3); send(Done())")
    assert run["state"] == "finished"
    assert run["summary"]["val_top1"] == {"last": 0.3, "best": 0.3, "best_epoch": 3}
    with lab.database.read() as session:
        assert metrics.series(session, run["id"])["values"]["val_top1"] == [0.1, 0.2, 0.3]
    assert lab.config.log_path(run["id"]).read_text() == "trainer says hello\n"


def test_the_researchers_mistake_is_shown_verbatim(supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("send(Failure('dataset_unavailable', 'apt-get install it'))")
    assert run["state"] == "failed"
    assert run["error"]["code"] == "dataset_unavailable"
    assert run["error"]["message"] == "apt-get install it"


def test_a_crash_fails_with_the_last_lines_of_the_log(supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("epoch(1); raise ValueError('of some kind')")
    assert run["state"] == "failed"
    assert run["error"]["code"] == "crash"
    assert "ValueError: of some kind" in run["error"]["log_tail"]
    assert run["summary"]["val_top1"]["last"] == 0.1, "what was recorded stays"


def test_a_kill_by_the_system_is_explained(supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("os.kill(os.getpid(), signal.SIGKILL)")
    assert run["error"]["code"] == "killed"
    assert "memory" in run["error"]["message"]


def test_a_trainer_that_closes_its_pipe_and_hangs_is_ended(
    supervise,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(trainer, "HANG", 0.5)
    run = supervise("pipe.close(); time.sleep(600)")
    assert run["state"] == "failed"


def test_a_message_that_is_none_fails_the_run(supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("pipe.send_bytes(b'noise'); time.sleep(600)")
    assert run["state"] == "failed"
    assert run["error"]["code"] == "internal"


def test_a_shutdown_queues_the_run_again(supervise) -> None:  # type: ignore[no-untyped-def]
    stop = threading.Event()
    threading.Timer(1.0, stop.set).start()
    run = supervise("epoch(1); time.sleep(600)", stop)
    assert run["state"] == "queued"
    assert run["progress"]["epoch"] == 1


@pytest.mark.parametrize(("ask", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_the_user_ends_a_run_within_two_seconds(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
    ask: str,
    state: str,
) -> None:
    asked: list[float] = []

    def wish() -> None:
        with lab.database.write() as session:
            getattr(transitions, f"request_{ask}")(session, 1)
        asked.append(time.monotonic())

    threading.Timer(1.0, wish).start()
    # It ignores SIGTERM: the worst case.
    run = supervise("signal.signal(signal.SIGTERM, signal.SIG_IGN); epoch(1); time.sleep(600)")
    assert run["state"] == state
    assert time.monotonic() - asked[0] < 3.5, "not a timing: far below the script's 600 s"


def test_a_lost_lease_writes_nothing_more(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    def steal() -> None:
        with lab.database.write() as session:
            transitions.request_cancel(session, 1)
            claim = transitions.Claim(1, 1, {}, "")
            transitions.cancelled(session, claim)
            transitions.request_retry(session, 1)
            assert transitions.claim_next(session, worker="other", slot=0, lease_seconds=30)

    threading.Timer(1.0, steal).start()
    run = supervise("epoch(1); time.sleep(2); epoch(2); time.sleep(600)")
    assert (run["state"], run["attempt"], run["worker"]) == ("running", 2, "other")
    assert run["progress"]["epoch"] == 1
