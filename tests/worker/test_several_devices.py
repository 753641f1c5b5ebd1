"""A run on two devices under its supervisor: environment, cancel; then trained for real."""

from __future__ import annotations

import json
import sys
import threading

import numpy as np
import psutil
import pytest

from backend.matrix import frames
from backend.store import matrices, requests
from tests.support.lab import Lab, is_final
from tests.support.processes import all_end
from tests.support.waiting import wait_until
from tests.worker.trainer.test_launcher import LAUNCHER, RANK, SLEEP
from worker.machine.slots import Slot
from worker.supervisor import Supervisor
from worker.trainer import spawn

GPUS = [Slot(0, "3", "H200", 2), Slot(2, "1", "H200", 2)]
CPUS = [Slot(0, None, "CPU"), Slot(1, None, "CPU")]
EPOCHS = 14  # long enough to be hit in the middle


def supervise(lab: Lab, slots: list[Slot], monkeypatch: pytest.MonkeyPatch, command: str) -> dict:
    monkeypatch.setattr(spawn, "COMMAND", (sys.executable, "-c", command))
    claim = lab.claim(devices=2)
    Supervisor(lab.config, lab.database, claim, threading.Event()).supervise(slots)
    return lab.run(claim.run_id)


@pytest.mark.parametrize(("slots", "seen"), [(GPUS, ["3,1", "2", 2]), (CPUS, ["", "1", 1])])
def test_the_trainer_sees_the_devices_of_its_slots_in_order(
    lab: Lab, monkeypatch: pytest.MonkeyPatch, slots: list[Slot], seen: list[object]
) -> None:
    names = '"CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS"'
    say = f"""
import json, os, sys
job = json.loads(sys.stdin.readline())
print(json.dumps([*(os.environ[name] for name in ({names})), job["threads"]]), flush=True)
"""
    run = supervise(lab, slots, monkeypatch, say)
    assert json.loads(lab.config.log_path(run["id"]).read_text()) == seen


@pytest.mark.slow
def test_a_cancelled_run_leaves_no_rank(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    others = set(psutil.Process().children(recursive=True))  # the browser of other tests
    left: list[psutil.Process] = []

    def all_train() -> bool:
        left[:] = set(psutil.Process().children(recursive=True)) - others
        return len(left) == 3 and bool(lab.run(1)["info"])

    def cancel() -> None:
        wait_until(all_train)
        with lab.database.write() as session:
            requests.cancel(session, 1)

    watcher = threading.Thread(target=cancel, daemon=True)
    watcher.start()
    body = f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}"
    rank = RANK.format(body=body)
    run = supervise(lab, CPUS, monkeypatch, LAUNCHER.format(rank=rank))
    watcher.join()
    assert not list(lab.config.data_dir.glob("ranks/*")), "the killed launcher's folder"
    assert run["state"] == "cancelled"
    assert len(left) == 3, "the launcher and two ranks"
    assert all_end(left)
    assert "SIGTERM" not in lab.config.log_path(run["id"]).read_text(), "torchrun keeps quiet"


def soft_labels(lab: Lab, run_id: int) -> np.ndarray:
    """After the second epoch."""
    with lab.database.read() as session:
        stored = matrices.frame(session, run_id, "soft_labels", 2)
    return frames.decode(stored.data, stored.codec, (10, 10))


@pytest.mark.slow
def test_two_devices_come_to_the_soft_labels_of_one_and_survive_a_killed_worker(lab: Lab) -> None:
    spec = {"epochs": EPOCHS, "batch_size": 512, "model": {"name": "small_cnn", "width": 4}}
    alone, together = (lab.submit(**spec, devices=devices) for devices in (1, 2))
    worker = lab.start_worker(OLS_CPU_SLOTS="2")
    lab.wait(alone, is_final)
    lab.wait(together, lambda run: run["progress"]["epoch"] >= 2)
    left = lab.trainers()
    assert len(left) == 3, "the launcher and two ranks"
    worker.kill()
    worker.wait()
    assert all_end(left)
    assert not is_final(lab.run(together)), "it was to be killed in the middle"
    np.testing.assert_allclose(soft_labels(lab, together), soft_labels(lab, alone), 0, 1e-4)

    lab.start_worker(OLS_CPU_SLOTS="2")
    lab.wait(together, is_final)
    run = lab.run(together)
    assert (run["state"], run["attempt"]) == ("finished", 2), run["error"]
    log = lab.config.log_path(together).read_text()
    assert "resumed after epoch" in log
    assert log.count(f"epoch {EPOCHS}/{EPOCHS}") == 1
    assert log.endswith("done\n"), "and the launcher ends without a word"
    assert not lab.trainers()
