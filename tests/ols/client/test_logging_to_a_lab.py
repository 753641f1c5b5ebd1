"""Runs of one's own loop on a real lab: everything that was logged is there, once."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest

from ols.client import Lab, spool
from ols.client.address import address
from ols.client.connection import Connection
from ols.client.sync import sync
from tests.ols.client.fixtures import TOKEN
from tests.support.ports import free_port
from tests.support.processes import web
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[3]
PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x00\x00\x00\x00:~\x9bU"
    b"\x00\x00\x00\nIDATx\x9cc`\x00\x00\x00\x02\x00\x01H\xaf\xa4q\x00\x00\x00\x00IEND\xaeB`\x82"
)


@pytest.fixture
def lab(server):
    return Lab(server.url, TOKEN)


def values(lab, run, name, axis="epoch"):
    return {row[axis]: row["value"] for row in lab.metrics(run.id, names=[name])}


def test_everything_that_a_loop_logs_is_read_back(lab):
    soft = np.array([[0.9, 0.1], [0.25, 0.75]])
    config = {"lr": 0.1, "layers": [1, 2]}
    with lab.run("mine", config=config, classes=["cat", "dog"], tags=["t"], epochs=2) as run:
        for epoch in (1, 2):
            run.log(epoch=epoch, val_top1=epoch / 4, **{"grad/norm": float("nan")})
            run.log_matrix("soft_labels", soft, epoch=epoch)
        for step in range(100):
            run.log(step=step, loss=1 / (step + 1))
        run.log_matrix("distances", soft * 100 - 50, epoch=2)
        run.log_samples(0, PNG)
    assert run.refused == run.lost == 0
    stored = lab.get(run.id)
    assert (stored.state, stored.data["source"], stored.data["tags"]) == (
        "finished",
        "logged",
        ["t"],
    )
    assert stored.data["config"] == config
    assert stored.data["classes"] == ["cat", "dog"]
    assert stored.data["summary"]["val_top1"]["best"] == 0.5
    assert values(lab, run, "val_top1") == {1: 0.25, 2: 0.5}
    assert values(lab, run, "grad/norm") == {1: None, 2: None}
    assert values(lab, run, "loss", "step") == {step: 1 / (step + 1) for step in range(100)}
    assert lab.matrix(run.id, "soft_labels", 2) == pytest.approx(soft, rel=2e-4)
    assert np.array_equal(lab.matrix(run.id, "distances", 2), (soft * 100 - 50).astype("float32"))
    assert lab.runs(where=["config.lr=0.1"], tag="t").frame()["config.lr"].tolist() == [0.1]


def test_a_frame_of_metrics_has_times(lab):
    with lab.run("timed") as run:
        run.log(epoch=1, loss=0.5)
    frame = lab.metrics([run.id]).frame()
    assert set(frame.columns) >= {"run", "name", "epoch", "step", "time", "value"}
    assert str(frame["time"].dtype).endswith("UTC]")


def test_an_exception_fails_the_run_and_its_key_opens_it_again(lab):
    run = lab.run("restarts", key="restarts")
    run.log(epoch=1, loss=1.0)
    with pytest.raises(ZeroDivisionError), run:
        _ = 1 / 0
    failed = lab.get(run.id)
    assert (failed.state, failed.error) == ("failed", "ZeroDivisionError: division by zero")
    with lab.run("restarts", key="restarts") as again:
        again.log(epoch=2, loss=0.5)
    assert again.id == run.id
    assert lab.get(run.id).state == "finished"
    assert values(lab, run, "loss") == {1: 1.0, 2: 0.5}


def test_ctrl_c_and_the_pages_cancel_end_as_cancelled(lab):
    with pytest.raises(KeyboardInterrupt), lab.run("interrupted") as run:
        raise KeyboardInterrupt
    assert lab.get(run.id).state == "cancelled"
    with lab.run("cancelled") as run:
        run.flush()
        lab.get(run.id).cancel()
        run.log(epoch=1, loss=1.0)
        run.flush()
        assert run.cancel_requested
    assert lab.get(run.id).state == "cancelled"


def test_a_finished_run_takes_no_more_and_the_loop_does_not_notice(lab, caplog):
    lab.run("done", key="done").finish()
    with lab.run("done", key="done") as run:
        run.log(epoch=1, loss=1.0)
    assert run.refused == 1
    assert "finished" in caplog.text
    assert not lab.metrics(run.id)


def test_what_the_lab_refuses_costs_nothing_else(lab, caplog):
    with lab.run("x" * 300, tags=["y" * 100]) as run:
        run.log(epoch=1, loss=1.0)
        run.log_matrix("soft_labels", np.eye(2), epoch=1)
        run.log_matrix("soft_labels", np.eye(3), epoch=2)  # k may not change
        run.log_matrix("soft_labels", np.eye(2), epoch=3)
    assert run.refused == 1
    assert values(lab, run, "loss") == {1: 1.0}
    listed = lab.connection.get(f"/api/runs/{run.id}/matrices")
    assert [each["epochs"] for each in listed if each["kind"] == "soft_labels"] == [[1, 3]]


def test_lost_points_are_said_on_the_run_and_a_quiet_loop_lives(lab, caplog, monkeypatch):
    run = lab.run("full disk", notes="mine", experiment="disks")
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    with monkeypatch.context() as patch:
        patch.setattr(spool.os, "write", Mock(side_effect=full))
        run.log(epoch=1, loss=1.0)
    assert run.flush()
    run._sender.delivery.beat()
    run.finish()
    data = lab.get(run.id).data
    assert data["notes"] == (
        "mine\n1 point was lost (No space left on device) before they could be sent."
    )
    assert data["tags"] == ["disks"]
    assert len(caplog.records) == 1, "the lost point; the empty request is taken"


SCRIPT = """
import sys
from ols.client import Lab
run = Lab().run("shared", key=sys.argv[1])
first = int(sys.argv[2])
for epoch in range(first, first + 50):
    run.log(epoch=epoch, loss=epoch)
if sys.argv[3] == "killed":
    import os, signal
    os.kill(os.getpid(), signal.SIGKILL)
run.finish()
"""


def begin(key, first, ending, url, token=TOKEN):
    environment = {**os.environ, "OLS_URL": url, "OLS_TOKEN": token, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", SCRIPT, key, str(first), ending]
    return subprocess.Popen(command, env=environment)


def sync_all():
    return list(sync(lambda url: Connection(address(url, TOKEN))))


def test_two_processes_log_to_one_run_and_a_killed_ones_points_follow(lab, server):
    one, two = (begin("shared", first, "killed", server.url) for first in (0, 50))
    assert {one.wait(), two.wait()} == {-signal.SIGKILL}
    assert all(not synced.problem for synced in sync_all())
    (row,) = lab.runs(q="shared")
    assert row["state"] == "running"
    points = list(lab.metrics(row["id"], names=["loss"]))
    assert sorted(point["epoch"] for point in points) == list(range(100)), "each once"


@pytest.mark.slow
def test_a_server_that_was_away_gets_everything_when_it_is_back(tmp_path, monkeypatch):
    monkeypatch.setattr("ols.client.sender.LONGEST_WAIT", 1.0)
    port = str(free_port())
    lab = Lab(f"http://127.0.0.1:{port}", "")
    run = lab.run("patient")
    for epoch in range(10):
        run.log(epoch=epoch, loss=1.0)
    assert not run.flush()
    with web(tmp_path, OLS_PORT=port):
        wait_until(lambda: run.id is not None, otherwise="the thread did not come back")
        assert run.flush()
        assert sorted(values(lab, run, "loss")) == list(range(10))
    run.log(epoch=10, loss=1.0)
    run.finish()
    (synced,) = sync_all()
    assert "does not answer" in synced.problem
    assert len(list(spool.stored())) == 1, "kept for the next time"
