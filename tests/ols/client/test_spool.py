"""What `log` took outlives the process and the lab's absence; what a full disk lost is counted."""

from __future__ import annotations

import errno
import json
import os
import signal
import subprocess
import sys
from io import BytesIO
from pathlib import Path

import httpx
import numpy as np
import pytest

from ols.client import sender, spool
from ols.client.address import Address
from ols.client.connection import Connection
from ols.client.spool import Kind, Sent, Spool
from ols.client.sync import sync, waiting
from tests.ols.client.double import URL, refusal
from tests.support.waiting import wait_until

ROOT = Path(__file__).parents[3]
NOWHERE = "http://127.0.0.1:9"
SCRIPT = f"""
import os, signal, sys
from ols.client import Lab
run = Lab({NOWHERE!r}).run("killed", key="k")
for epoch in range(50):
    run.log(epoch=epoch, loss=epoch / 10)
    run.log_matrix("soft_labels", [[1, 0], [0, 1]], epoch=epoch)
"""


def script(ending: str) -> subprocess.CompletedProcess[str]:
    """A loop without a lab, in a process of its own, that ends in this way."""
    return subprocess.run(
        [sys.executable, "-c", SCRIPT + ending], cwd=ROOT, capture_output=True, text=True
    )


def leave_spool() -> Path:
    """What a process leaves that was killed after the script's loop."""
    left = Spool({"name": "killed", "key": "k"}, NOWHERE)
    matrix = BytesIO()
    np.save(matrix, np.eye(2))
    for epoch in range(50):
        left.append(Kind.POINT, json.dumps({"epoch": epoch, "metrics": {"loss": epoch / 10}}))
        record = {"kind": "soft_labels", "epoch": epoch}
        left.append_file(Kind.MATRIX, record, matrix.getvalue(), ".npy")
    left.close()
    return left.folder


def sync_to(double):
    def connect(url):
        assert url == NOWHERE
        return Connection(Address(URL), httpx.MockTransport(double.answer))

    return list(sync(connect))


def test_kill_9_loses_nothing(double):
    assert script("os.kill(os.getpid(), signal.SIGKILL)").returncode == -signal.SIGKILL
    assert waiting() == 1
    (synced,) = sync_to(double)
    assert (synced.name, synced.problem, synced.refused) == ("killed", "", 0)
    assert double.series("loss") == {epoch: epoch / 10 for epoch in range(50)}
    assert len(double.matrices) == 50
    assert double.received == 50, "each point once"
    assert double.run()["state"] == "running", "its script may start again with the key"
    assert (waiting(), sync_to(double)) == (0, [])


def test_half_a_record_is_not_sent(double):
    folder = leave_spool()
    with (folder / spool.RECORDS).open("ab") as file:
        file.write(b'P{"epoch":50,"met')
    assert sync_to(double)[0].problem == ""
    assert len(double.series("loss")) == 50


@pytest.mark.parametrize(
    ("ending", "state", "says"),
    [
        ("", "finished", None),
        ("raise ValueError('bad labels')", "failed", "ValueError: bad labels"),
        ("raise KeyboardInterrupt", "cancelled", None),
    ],
)
def test_a_script_ends_its_open_run_as_it_ends_itself(double, ending, state, says):
    done = script(ending)
    assert "`ols sync` sends it later" in done.stderr
    sync_to(double)
    assert double.run()["state"] == state
    assert double.run()["error"]["message"] == says
    assert len(double.series("loss")) == 50


def test_a_lab_that_comes_back_gets_everything_once(double, lab, caplog, monkeypatch):
    monkeypatch.setattr(sender, "INTERVAL", 0.01)

    def away(request):
        raise httpx.ConnectError("refused")

    double.refuse = away
    run = lab.run("patient")
    for epoch in range(20):
        run.log(epoch=epoch, loss=1.0)
    assert not run.flush()
    wait_until(lambda: "does not answer" in caplog.text, otherwise="no warning")
    double.refuse = lambda request: None
    assert run.flush()
    assert len(double.series("loss")) == double.received == 20
    run.finish()
    assert caplog.text.count("does not answer") == 1


@pytest.mark.parametrize("status", [401, 403, 408, 429, 500, 503])
def test_an_answer_that_may_change_keeps_what_was_logged(double, lab, status):
    run = lab.run("patient")
    run.flush()
    double.refuse = lambda request: refusal(status)
    run.log(epoch=1, loss=1.0)
    run.finish()
    assert waiting() == 1
    assert run.refused == 0


def test_an_answer_that_was_lost_does_no_harm(double, lab):
    run = lab.run("twice")
    lost = {"/api/runs/logged": 1, "/api/runs/1/log": 1, "/api/runs/1/finish": 0}

    def refuse(request):
        if lost.get(request.url.path, 0):
            lost[request.url.path] -= 1
            double.refuse, kept = (lambda request: None), refuse
            double.answer(request)
            double.refuse = kept
            raise httpx.ReadError("connection reset")
        return

    double.refuse = refuse
    run.log(epoch=1, loss=1.0)
    for _ in range(3):
        run.flush()
    run.finish()
    assert len(double.runs) == 1
    assert double.series("loss") == {1: 1.0}
    assert double.run()["state"] == "finished"


def test_a_full_disk_is_counted_and_said_on_the_run(double, lab, caplog, monkeypatch):
    run = lab.run("full")
    run.log(epoch=0, loss=1.0)
    full = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def write(descriptor, data):
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(spool.os, "write", write)
        for epoch in range(1, 4):
            run.log(epoch=epoch, loss=1.0)
    run.log(epoch=4, loss=1.0)
    run.finish()
    assert run.lost == 3
    assert caplog.text.count("points are lost") == 1
    assert double.run()["notes"] == (
        "3 points were lost (No space left on device) before they could be sent."
    )
    assert double.series("loss") == {0: 1.0, 4: 1.0}
    assert double.run()["state"] == "finished"


def test_a_record_that_the_disk_took_in_part_is_taken_back(monkeypatch):
    kept = Spool({"key": "k"}, URL)
    kept.append(Kind.POINT, "{}")
    write = os.write
    with monkeypatch.context() as patch:
        patch.setattr(spool.os, "write", lambda descriptor, line: write(descriptor, line[:2]))
        with pytest.raises(OSError, match="No space"):
            kept.append(Kind.POINT, '{"epoch": 1}')
    kept.append(Kind.POINT, '{"epoch": 2}')
    assert spool.lines(kept.folder, 0) == [b"P{}\n", b'P{"epoch": 2}\n']
    kept.remove()


def test_a_home_that_cannot_be_written_is_no_loss(home, double, lab):
    (home / "cache").write_text("a file where the folder should be")
    with lab.run("elsewhere") as run:
        run.log(epoch=0, loss=1.0)
        assert (home / "tmp") in run._spool.folder.parents
    assert double.series("loss") == {0: 1.0}


def test_without_any_folder_the_loop_runs_and_losses_are_counted(home, lab, caplog):
    for name in ("cache", "tmp"):
        (home / name).write_text("a file where the folder should be")
    with lab.run("nowhere") as run:
        run.log(epoch=0, loss=1.0)
        run.log(epoch=1, loss=1.0)
    assert run.lost == 2
    assert "can't be logged" in caplog.text


def test_a_long_runs_records_give_their_space_back(double, lab, monkeypatch):
    monkeypatch.setattr(spool, "_COMPACTED_FROM", 1000)
    run = lab.run("long")
    for step in range(100):
        run.log(step=step, loss=1.0)
    assert run.flush()
    assert (run._spool.folder / spool.RECORDS).stat().st_size == 0
    run.log(step=100, loss=1.0)
    run.finish()
    assert len(double.series("loss", "step")) == 101


def test_a_kill_within_compaction_sends_from_the_beginning(double):
    kept = Spool({"key": "k"}, URL)
    spool.write_sent(kept.folder, Sent(5000, 7))
    kept.append(Kind.POINT, "{}")
    assert spool.read_sent(kept.folder) == Sent(0, 7)
    kept.remove()


def test_two_processes_on_one_key_are_one_run(double):
    for _ in range(2):
        leave_spool()
    assert len(sync_to(double)) == 2
    assert len(double.runs) == 1
    assert len(double.series("loss")) == 50


def test_sync_leaves_a_running_loops_spool_alone(lab):
    run = lab.run("running")
    assert waiting() == 0
    run.finish()


def test_sync_ends_a_run_as_it_had_ended(double):
    """Sending reopens a failed run; somebody cancelled it while it was stale."""
    folder = leave_spool()
    double.answer(httpx.Request("POST", f"{URL}/api/runs/logged", json={"key": "k"}))
    double.run()["state"] = "cancelled"
    spool.write_sent(folder, Sent(0, 1))
    sync_to(double)
    assert double.run()["state"] == "cancelled"
    assert len(double.series("loss")) == 50


def test_sync_says_what_it_could_not_send_and_keeps_it(double):
    leave_spool()
    double.refuse = lambda request: refusal(422, "the name is too long")
    (synced,) = sync_to(double)
    assert "the name is too long" in synced.problem
    assert waiting() == 1


def test_a_gone_file_is_said_and_the_rest_is_sent(double):
    folder = leave_spool()
    (folder / "7.npy").unlink()
    (synced,) = sync_to(double)
    assert "gone from the spool" in synced.problem
    assert len(double.matrices) == 49
    assert np.array_equal(double.matrices[1, "soft_labels", 3], np.eye(2))
