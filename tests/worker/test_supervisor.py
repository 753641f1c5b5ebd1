"""Every way in which a trainer process can end, with small scripts in its place."""

from __future__ import annotations

import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress

import pytest
from sqlalchemy import create_engine, event
from sqlalchemy.exc import OperationalError

from backend.core.storage import StorageProblem
from backend.store import claims, metrics, requests
from backend.store.errors import NotFound
from tests.support.lab import Lab
from tests.support.waiting import PATIENCE, wait_until
from worker import supervisor
from worker.files.log_file import MOST_BYTES
from worker.machine.slots import Slot
from worker.supervisor import Supervisor
from worker.trainer import spawn

CPU = Slot(0, None, "CPU")
IMMEDIATE = "BEGIN IMMEDIATE"


def _by_hand(connection) -> None:  # type: ignore[no-untyped-def]
    connection.isolation_level = None


def _hold_the_lock(url: str, seconds: float) -> None:
    with sqlite3.connect(url.removeprefix("sqlite:///"), isolation_level=None) as other:
        other.execute(IMMEDIATE)
        time.sleep(seconds)
        other.execute("ROLLBACK")
    other.close()


START = """
import json, os, signal, sys, time
from multiprocessing.connection import Connection
import numpy as np
from ols.training.epoch_report import EpochReport, Progress, RunInfo
from worker.trainer.messages import Done, Failure, encode
job = json.loads(sys.stdin.readline())
pipe = Connection(job["pipe"], readable=False)
def send(message): pipe.send_bytes(encode(message))
S = np.full((2, 2), 0.5, np.float32)
send(RunInfo(("a", "b"), "cpu", "CPU", 1, 10, 8, 4, 0, 1, job["recorded"], S))
def epoch(n): send(EpochReport(n, 3, {"val_top1": n / 10}, {"soft_labels": S}))
print("trainer says hello", flush=True)
"""


def after_the_first_epoch(lab: Lab, act: Callable[[], None]) -> None:
    """Calls `act`, in a thread, once run 1, which need not exist yet, has recorded an epoch."""

    def recorded() -> bool:
        with suppress(NotFound):
            return bool(lab.run(1)["progress"]["epoch"] == 1)
        return False

    def wait() -> None:
        wait_until(recorded)
        act()

    threading.Thread(target=wait, daemon=True).start()


@pytest.fixture
def supervise(lab: Lab, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    def run(script: str, stop: threading.Event | None = None) -> dict:
        monkeypatch.setattr(spawn, "COMMAND", (sys.executable, "-c", START + script))
        claim = lab.claim()
        while True:
            Supervisor(lab.config, lab.database, claim, stop or threading.Event()).supervise([CPU])
            if lab.attempts(claim.run_id)[-1]["outcome"] != "crashed":
                return lab.run(claim.run_id)
            claim = lab.claim_queued()

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


def test_the_third_crash_in_an_epoch_fails_with_the_last_lines_of_the_log(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
) -> None:
    run = supervise("epoch(1); raise ValueError('of some kind')")
    assert run["state"] == "failed"
    assert run["error"]["code"] == "crash"
    assert run["error"]["message"].startswith("The trainer ended 3 times in epoch 2")
    outcomes = [attempt["outcome"] for attempt in lab.attempts(run["id"])]
    assert outcomes == ["crashed", "crashed", "failed"]
    assert "ValueError: of some kind" in run["error"]["log_tail"]
    assert run["summary"]["val_top1"]["last"] == 0.1, "what was recorded stays"


def test_a_kill_by_the_system_is_explained(supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("os.kill(os.getpid(), signal.SIGKILL)")
    assert run["error"]["code"] == "killed"
    assert "memory" in run["error"]["message"]


def test_crashes_in_different_epochs_are_survived(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    crash = "os.kill(os.getpid(), signal.SIGKILL)"
    run = supervise(
        f"n = job['attempt']; epoch((n + 1) // 2); n < 6 or (epoch(3), send(Done()));"
        f"n < 6 and {crash}"
    )
    assert run["state"] == "finished"
    crashes = [(each["outcome"], each["last_epoch"]) for each in lab.attempts(run["id"])[:-1]]
    assert crashes == [("crashed", epoch) for epoch in (1, 1, 2, 2, 3)]


def test_a_retry_begins_to_count_anew(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("raise SystemExit(3)")
    assert (run["state"], run["attempt"]) == ("failed", 3)
    with lab.database.write() as session:
        requests.retry(session, run["id"])
    supervisor = Supervisor(lab.config, lab.database, lab.claim_queued(), threading.Event())
    supervisor.supervise([CPU])
    assert lab.run(run["id"])["state"] == "queued"


def test_a_trainer_that_closes_its_pipe_and_hangs_is_ended(
    supervise,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(spawn, "HANG", 0.5)
    run = supervise("pipe.close(); time.sleep(600)")
    assert run["state"] == "failed"


def test_a_message_that_is_none_fails_the_run(supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("pipe.send_bytes(b'noise'); time.sleep(600)")
    assert run["state"] == "failed"
    assert run["error"]["code"] == "internal"


def test_a_trainer_killed_in_the_middle_of_a_message_is_explained_too(supervise) -> None:  # type: ignore[no-untyped-def]
    half = "os.write(job['pipe'], struct.pack('!i', 1000) + b'half of it')"
    run = supervise(f"import struct; {half}; os.kill(os.getpid(), signal.SIGKILL)")
    assert run["error"]["code"] == "killed"


def test_a_flooded_log_holds_up_nothing(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    run = supervise("print('x' * 20_000_000, flush=True); epoch(1); raise SystemExit(3)")
    assert "exit status 3" in run["error"]["message"]
    assert len(run["error"]["log_tail"]) <= MOST_BYTES
    assert lab.config.log_path(run["id"]).stat().st_size > 20_000_000


def test_an_epoch_is_acknowledged_once_it_is_recorded(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    wait = "line = sys.stdin.readline(); print('heard', line, flush=True)"
    run = supervise(f"epoch(1); {wait}; epoch(2); {wait}; epoch(3); {wait}; send(Done())")
    assert run["state"] == "finished"
    assert lab.config.log_path(run["id"]).read_text().count("heard recorded") == 3


def test_a_database_that_is_locked_for_a_moment_costs_nothing(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
) -> None:
    url = lab.config.resolved_database_url
    impatient = create_engine(url, connect_args={"timeout": 0.1})  # as if SQLite had given up
    lock = threading.Timer(0.5, lambda: _hold_the_lock(url, 2))
    lock.start()
    lab.database.engine.dispose()
    lab.database._writer = impatient.execution_options(ols_write=True)
    event.listen(impatient, "connect", lambda connection, _: _by_hand(connection))
    event.listen(impatient, "begin", lambda connection: connection.exec_driver_sql(IMMEDIATE))
    run = supervise("time.sleep(1); epoch(1); epoch(2); epoch(3); send(Done())")
    lock.join()
    impatient.dispose()
    assert run["state"] == "finished"
    assert run["progress"]["epoch"] == 3


def test_a_database_that_stays_away_leaves_the_run_to_its_lease(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(supervisor, "PATIENCE", 0.0)

    def away(self: Supervisor, *_: object) -> None:
        raise OperationalError("BEGIN", {}, Exception("gone"))

    monkeypatch.setattr(Supervisor, "_record", away)
    write = Supervisor._write
    monkeypatch.setattr(Supervisor, "_write", away)
    run = supervise("time.sleep(600)")
    assert run["state"] == "running", "nothing could be written"
    monkeypatch.setattr(Supervisor, "_write", write)
    run = supervise("time.sleep(600)")
    assert run["state"] == "queued", "the end could be written: it resumes elsewhere at once"


def test_our_own_mistake_is_logged_and_not_shown(
    supervise,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("secret detail")

    monkeypatch.setattr(Supervisor, "_record", broken)
    run = supervise("time.sleep(600)")
    assert run["error"]["code"] == "internal"
    assert "secret detail" not in run["error"]["message"]
    assert "secret detail" in caplog.text


def test_a_shutdown_queues_the_run_again(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    stop = threading.Event()
    after_the_first_epoch(lab, stop.set)
    run = supervise("epoch(1); time.sleep(600)", stop)
    assert run["state"] == "queued"
    assert run["progress"]["epoch"] == 1


@pytest.mark.parametrize(
    "end",
    [
        "os.kill(os.getpid(), signal.SIGTERM)",
        'send(Failure("crash", "DataLoader worker (pid 7) is killed by signal: Terminated."))',
    ],
)
def test_a_signal_to_all_processes_of_a_job_is_no_crash(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
    end: str,
) -> None:
    monkeypatch.setattr("worker.supervisor.TOGETHER", PATIENCE)
    stop = threading.Event()
    # The trainer's end is noticed first; the worker hears of its own a moment later.
    after_the_first_epoch(lab, lambda: threading.Timer(0.3, stop.set).start())
    run = supervise(f"epoch(1); sys.stdin.readline(); {end}", stop)
    assert run["state"] == "queued"
    assert [each["outcome"] for each in lab.attempts(run["id"])] == ["handed back"]


@pytest.mark.parametrize(("ask", "state"), [("cancel", "cancelled"), ("pause", "paused")])
def test_the_user_ends_a_run_that_ignores_signals(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
    ask: str,
    state: str,
) -> None:
    def wish() -> None:
        with lab.database.write() as session:
            getattr(requests, ask)(session, 1)

    after_the_first_epoch(lab, wish)
    began = time.monotonic()
    run = supervise("signal.signal(signal.SIGTERM, signal.SIG_IGN); epoch(1); time.sleep(600)")
    assert run["state"] == state
    assert time.monotonic() - began < 300, "not a timing: half of the script's 600 s"


def test_a_lost_lease_writes_nothing_more(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    stolen = lab.config.data_dir / "stolen"

    def steal() -> None:
        with lab.database.write() as session:
            requests.cancel(session, 1)
            claim = claims.Claim(1, 1, {}, "")
            claims.cancelled(session, claim)
            requests.retry(session, 1)
            assert claims.claim_next(session, worker="other", slot=0, lease_seconds=600)
        stolen.touch()

    after_the_first_epoch(lab, steal)
    wait = f"any(map(os.path.exists, iter(lambda: time.sleep(0.05) or {str(stolen)!r}, 0)))"
    run = supervise(f"epoch(1); {wait}; epoch(2); time.sleep(600)")
    assert (run["state"], run["attempt"], run["worker"]) == ("running", 2, "other")
    assert run["progress"]["epoch"] == 1


def test_a_run_whose_files_are_another_runs_trains_from_its_first_epoch(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A database was restored from a backup: the number is free again, its folder is not."""
    folder = lab.config.run_dir(1)
    checkpoint = folder / "checkpoints" / "attempt-000001" / "epoch-000020.pt"
    checkpoint.parent.mkdir(parents=True)
    checkpoint.write_bytes(b"of another run")
    seen = "print(os.listdir(os.path.dirname(job['checkpoint_dir'])), flush=True)"
    run = supervise(f"{seen}; epoch(1); epoch(2); epoch(3); send(Done())")
    assert (run["id"], run["state"]) == (1, "finished")
    assert "checkpoints" not in lab.config.log_path(1).read_text(), "the trainer saw none"
    aside = folder.with_name("1.set-aside-1")
    assert (aside / checkpoint.relative_to(folder)).read_bytes() == b"of another run"
    assert str(aside) in caplog.text


def test_a_trainer_ahead_of_a_restored_database_is_sent_back(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
) -> None:
    first = "job['attempt'] == 1"
    run = supervise(f"epoch(1); epoch(3) if {first} else (epoch(2), epoch(3), send(Done()));")
    assert run["state"] == "queued"
    assert "lacks epoch 2" in lab.attempts(run["id"])[0]["reason"]
    supervisor = Supervisor(lab.config, lab.database, lab.claim_queued(), threading.Event())
    supervisor.supervise([CPU])
    assert lab.run(run["id"])["state"] == "finished"


def test_a_run_waits_while_nothing_can_be_written(
    lab: Lab,
    supervise,  # type: ignore[no-untyped-def]
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    problem = StorageProblem("read-only", "/data can't be written to")
    refused = PermissionError(1, "Operation not permitted")

    def refuse(*_: object) -> None:
        raise refused

    monkeypatch.setattr("worker.supervisor.take_folder", refuse)
    monkeypatch.setattr("worker.supervisor.storage_problem", lambda _: problem)
    run = supervise("send(Done())")
    assert run["state"] == "queued"
    assert lab.attempts(run["id"])[0]["reason"] == problem.text


def test_a_trainer_that_wishes_for_a_precision_hears_which_to_take(lab: Lab, supervise) -> None:  # type: ignore[no-untyped-def]
    ask = "send(PrecisionWish('bf16')); print('it is', sys.stdin.readline().strip(), flush=True)"
    run = supervise(
        f"from worker.trainer.messages import PrecisionWish; {ask}; send(Failure('x', 'y'))"
    )
    assert "it is fp32" in run["error"]["log_tail"], "as START has reported before"
    assert run["info"]["precision"] == "fp32"
