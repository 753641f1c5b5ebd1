"""Real training through Celery's filesystem broker, with a separate worker process."""

from __future__ import annotations

import signal
import sys
import threading
import time

import numpy as np
import pytest

from backend.store import frames, matrices, metrics, requests
from ols.spec import RunSpec
from ols.trainer import Trainer
from tests.worker.conftest import Lab, is_final
from worker import trainer
from worker.slots import Slot
from worker.supervisor import Supervisor

pytestmark = pytest.mark.slow

TIMES = {"epoch_seconds", "images_per_second"}
NOISE = {"kind": "symmetric", "rate": 0.2}
GLYPHS = {"name": "glyphs", "train_per_class": 20, "test_per_class": 5}  # half a second an epoch


def recorded(lab: Lab, run_id: int) -> dict[str, list[float]]:
    with lab.database.read() as session:
        values = metrics.series(session, run_id)["values"]
    return {name: series for name, series in values.items() if name not in TIMES}


def directly(lab: Lab, spec: dict) -> tuple[dict[str, list[float]], np.ndarray]:
    """The same run without worker or database."""
    trainer = Trainer(RunSpec.parse(spec), data_dir=lab.config.datasets_dir, threads=1)
    reports = list(trainer)
    names = reports[0].metrics.keys() - TIMES
    series = {name: [report.metrics[name] for report in reports] for name in names}
    return series, reports[-1].matrices["soft_labels"]


def test_a_queued_run_trains_to_what_the_library_computes(lab: Lab) -> None:
    run_id = lab.submit(noise=NOISE)
    lab.start_worker()
    lab.wait(run_id, is_final, 60)
    run = lab.run(run_id)
    assert run["state"] == "finished", run["error"]
    assert run["classes"] == list("0123456789")
    series, soft_labels = directly(lab, run["spec"])
    assert recorded(lab, run_id) == series, "bit for bit"
    with lab.database.read() as session:
        stored = matrices.frame(session, run_id, "soft_labels", 3)
    values = frames.decode(stored.data, stored.codec, (10, 10))
    np.testing.assert_allclose(values, soft_labels, rtol=1.5e-4, atol=1e-7)
    assert "epoch 3/3" in lab.config.log_path(run_id).read_text()
    assert not lab.trainers()


def test_a_worker_told_to_stop_hands_its_run_to_the_next(lab: Lab) -> None:
    run_id = lab.submit(dataset=GLYPHS, epochs=4, noise=NOISE)
    worker = lab.start_worker()
    lab.wait(run_id, lambda run: run["progress"]["epoch"] >= 1, 90)
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(10) == 0
    run = lab.run(run_id)
    assert (run["state"], run["worker"]) == ("queued", None)
    assert not lab.trainers()
    lab.start_worker()
    lab.wait(run_id, is_final, 120)
    run = lab.run(run_id)
    assert (run["state"], run["attempt"]) == ("finished", 2)
    assert recorded(lab, run_id) == directly(lab, run["spec"])[0], "as if it had never stopped"


def test_a_killed_worker_leaves_no_orphan_and_loses_no_run(lab: Lab) -> None:
    run_id = lab.submit(dataset=GLYPHS, epochs=500)
    worker = lab.start_worker()
    lab.wait(run_id, lambda run: run["progress"]["stage"] == "training", 90)
    worker.kill()
    worker.wait()
    deadline = time.monotonic() + 10
    while lab.trainers() and time.monotonic() < deadline:
        time.sleep(0.1)
    assert not lab.trainers(), "the trainer ended itself with its parent"
    lab.start_worker()
    lab.wait(run_id, lambda run: run["attempt"] == 2 and run["progress"]["step"] > 0, 60)
    with lab.database.write() as session:
        requests.cancel(session, run_id)
    # A cancel of real training: two seconds are promised, the rest is for a busy machine.
    assert lab.wait(run_id, is_final, 10) < 4
    assert lab.run(run_id)["state"] == "cancelled"
    assert not lab.trainers()


def test_a_dataset_that_is_not_here_fails_with_what_provides_it(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The real trainer process, on a machine without Debian's package."""
    absent = (
        "import sys, pathlib, ols.data.fashion_files as files, worker.trainer_process as process;"
        "files.DEBIAN_FOLDER = pathlib.Path('/nowhere'); sys.exit(process.main())"
    )
    monkeypatch.setattr(trainer, "COMMAND", (sys.executable, "-c", absent))
    claim = lab.claim(dataset="fashion_mnist")
    Supervisor(lab.config, lab.database, claim, threading.Event()).supervise([Slot(0, None, "CPU")])
    run = lab.run(claim.run_id)
    assert run["state"] == "failed"
    assert run["error"]["code"] == "dataset_unavailable"
    assert "apt-get install dataset-fashion-mnist" in run["error"]["message"]
    assert "dataset_unavailable" in run["error"]["log_tail"]
