"""What a loop logs arrives, and nothing that goes wrong reaches the loop."""

from __future__ import annotations

import gzip
import logging
import math
import multiprocessing
import os
import re
import sys
from types import SimpleNamespace

import httpx
import numpy as np
import pytest
import torch

from ols.client import spool
from tests.ols.client.double import refusal


def spools():
    return list(spool.stored())


def test_a_block_logs_and_finishes(double, lab):
    with lab.run("mine", config={"lr": 0.1}, classes=["a", "b"], epochs=2) as run:
        for epoch in (0, 1):
            run.log(epoch=epoch, val_top1=0.5 + epoch / 10)
        run.log({"train/loss": 0.3}, step=7)
        run.log_matrix("soft_labels", np.eye(2), epoch=1)
    logged = double.run()
    assert (logged["name"], logged["config"]) == ("mine", {"lr": 0.1})
    assert logged["classes"] == ["a", "b"]
    assert logged["state"] == "finished"
    assert double.series("val_top1") == {0: 0.5, 1: 0.6}
    assert double.series("train/loss", "step") == {7: 0.3}
    assert np.array_equal(double.matrices[1, "soft_labels", 1], np.eye(2))
    assert not spools(), "what is sent is removed"


def test_a_run_says_where_it_comes_from_without_its_secrets(double, lab, monkeypatch):
    monkeypatch.setattr("sys.orig_argv", ["python", "train.py", "--token", "hunter2"])
    with lab.run("mine", config={"hub": {"api_key": "hunter2", "max_tokens": 5}}) as run:
        run.log(epoch=1, loss=0.5)
    logged = double.run()
    assert logged["origin"]["command"] == "python train.py --token '***'"
    assert logged["origin"]["packages"]["numpy"] == np.__version__
    assert logged["origin"]["changes"] == "", "only where it is asked for"
    assert logged["config"] == {"hub": {"api_key": "***", "max_tokens": 5}}


def test_an_older_lab_that_keeps_no_origins_takes_all_the_rest(double, lab):
    double.refuse = lambda request: refusal(404) if request.method == "PUT" else None
    with lab.run("mine") as run:
        run.log(epoch=1, loss=0.5)
        run.flush()
        run.log(epoch=2, loss=0.25)
    assert double.series("loss") == {1: 0.5, 2: 0.25}
    assert (run.refused, double.run()["state"]) == (0, "finished")


def test_many_points_go_in_one_request(double, lab):
    run = lab.run("many")
    assert run.flush()
    before = len(double.requests)
    for step in range(12_000):
        run.log(step=step, loss=1.0)
    assert run.flush()
    assert double.received == 12_000
    assert len(double.requests) - before < 30  # the thread may have sent some of them meanwhile
    run.finish()


def test_an_exception_ends_the_run_as_failed_with_its_text(double, lab):
    with pytest.raises(ZeroDivisionError), lab.run("fails"):
        _ = 1 / 0
    assert double.run()["state"] == "failed"
    assert double.run()["error"]["message"] == "ZeroDivisionError: division by zero"


def test_ctrl_c_cancels(double, lab):
    with pytest.raises(KeyboardInterrupt), lab.run("stopped"):
        raise KeyboardInterrupt
    assert double.run()["state"] == "cancelled"


@pytest.mark.parametrize(("code", "state"), [(0, "finished"), (3, "failed")])
def test_exit_ends_the_run_by_its_code(double, lab, code, state):
    with pytest.raises(SystemExit), lab.run("exits"):
        sys.exit(code)
    assert double.run()["state"] == state


def test_cancel_on_the_page_is_told_to_the_loop(double, lab):
    with lab.run("long") as run:
        run.log(epoch=0, loss=1)
        run.flush()
        assert not run.cancel_requested
        double.run()["cancel_requested"] = True
        run.log(epoch=1, loss=1)
        run.flush()
        assert run.cancel_requested
    assert double.run()["state"] == "cancelled"


class Tensor:
    """Of a library that nobody here imports: JAX's arrays have __array__ and __float__."""

    def __array__(self, dtype=None, copy=None):
        return np.array([[0.5, 0.5], [0.0, 1.0]], dtype=np.float16)

    def __float__(self):
        return 0.25


def test_tensors_are_taken_whatever_made_them(double, lab):
    with lab.run("tensors") as run:
        run.log(
            epoch=0,
            torch=torch.tensor(0.5, requires_grad=True),
            numpy=np.float32(0.25),
            other=Tensor(),
            nan=float("nan"),
            infinite=math.inf,
        )
        soft = torch.eye(2, requires_grad=True)
        run.log_matrix("soft_labels", soft, epoch=0)
        run.log_matrix("soft_labels", soft.to(torch.bfloat16), epoch=1)
        run.log_matrix("soft_labels", Tensor(), epoch=2)
        run.log_matrix("counts", np.array([[3, 1], [0, 4]]), epoch=2)
    expected = {"torch": 0.5, "numpy": 0.25, "other": 0.25, "nan": None, "infinite": None}
    assert {key[3]: value for key, value in double.points.items()} == expected
    assert {(kind, epoch) for _, kind, epoch in double.matrices} == {
        *(("soft_labels", epoch) for epoch in range(3)),
        ("counts", 2),
    }
    assert {matrix.dtype.name for matrix in double.matrices.values()} == {"float32"}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (lambda run: run.log(loss=1.0), "epoch=... or step=..."),
        (lambda run: run.log(epoch=1, step=1, loss=1.0), "not both"),
        (lambda run: run.log(epoch=-1, loss=1.0), "out of range"),
        (lambda run: run.log(epoch=1.5, loss=1.0), "interpreted as an integer"),
        (lambda run: run.log(epoch=1, loss="low"), "a metric is a number"),
        (lambda run: run.log(epoch=1, loss=np.zeros(3)), "'loss' is left out"),
        (lambda run: run.log({"a,b": 1}, epoch=1), "no comma"),
        (lambda run: run.log({"x" * 10_000: 1}, epoch=1), "200 printable"),
        (lambda run: run.log({3: 1}, epoch=1), "name is a text"),
        (lambda run: run.log(7, epoch=1), "left out"),
        (lambda run: run.log_matrix("Soft labels", np.eye(2), epoch=1), "no kind of matrix"),
        (lambda run: run.log_matrix("soft", np.zeros((2, 3)), epoch=1), r"shape \(2, 3\)"),
        (lambda run: run.log_matrix("soft", np.zeros((1025, 1025)), epoch=1), "1,024 classes"),
        (lambda run: run.log_matrix("soft", [["a"]], epoch=1), "no real numbers"),
        (lambda run: run.log_matrix("soft", np.eye(2) * 1j, epoch=1), "no real numbers"),
        (lambda run: run.log_samples(0, b"GIF89a"), "a PNG or a WebP"),
        (lambda run: run.log_samples(0, bytes(1_000_001)), "1,000,000 bytes"),
        (lambda run: run.finish("done"), "finished, failed or cancelled"),
    ],
)
def test_bad_input_is_a_warning_once(double, lab, caplog, wrong, says):
    with lab.run("bad") as run:
        wrong(run)
        wrong(run)
        run.log(epoch=2, loss=0.5)
    warnings = [each for each in caplog.records if each.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert warnings[0].getMessage()
    assert re.search(says, warnings[0].getMessage()), warnings[0].getMessage()
    assert double.series("loss") == {2: 0.5}, "the good point arrives"


def test_after_the_end_log_is_ignored(double, lab, caplog):
    run = lab.run("ended")
    run.finish()
    run.log(epoch=1, loss=1)
    run.log(epoch=2, loss=1)
    assert [each.getMessage() for each in caplog.records] == [
        "the run 'ended' has ended: log() is ignored"
    ]
    assert not double.points


def test_a_refused_point_does_not_take_the_others_with_it(double, lab, caplog):
    run = lab.run("one too many")
    run.flush()

    def refuse(request):
        if not request.url.path.endswith("/log"):
            return None
        too_many = b'"bad"' in gzip.decompress(request.content)
        return refusal(422, "a run has at most 1,000 metrics") if too_many else None

    double.refuse = refuse
    for step in range(100):
        run.log({"bad" if step == 40 else "good": 1.0}, step=step)
    run.finish()
    assert len(double.series("good", "step")) == 99
    assert run.refused == 1
    assert "at most 1,000 metrics" in caplog.text


def test_what_someone_else_ended_takes_no_more(double, lab, caplog):
    run = lab.run("ended elsewhere")
    run.flush()
    double.run()["state"] = "finished"
    run.log(epoch=1, loss=1)
    run.log(epoch=2, loss=1)
    run.finish()
    assert caplog.text.count("the run has ended") == 1
    assert run.refused == 2


def test_config_takes_what_scripts_have(double, lab):
    config = SimpleNamespace(lr=np.float32(0.5), path=os, layers=(1, 2), worst=math.nan)
    lab.run("args", config=config).finish()
    stored = double.run()["config"]
    assert (stored["lr"], stored["layers"], stored["worst"]) == (0.5, [1, 2], None)
    assert stored["path"].startswith("<module 'os'")


def test_a_cell_that_runs_again_with_its_key_continues_the_run(double, lab):
    first = lab.run("cell", key="k")
    first.log(epoch=0, loss=1)
    again = lab.run("cell", key="k")
    again.log(epoch=1, loss=2)
    first.log(epoch=9, loss=9)  # the former object has let go
    again.finish()
    assert (len(double.runs), double.run()["state"]) == (1, "finished")
    assert double.series("loss") == {0: 1, 1: 2}


def test_a_notebooks_cell_that_runs_again_finishes_the_run_before(double, lab, monkeypatch):
    monkeypatch.setattr("ols.client.lab.in_notebook", lambda: True)
    lab.run("cell")
    lab.run("cell").finish()
    assert [run["state"] for run in double.runs.values()] == ["finished", "finished"]


def log_in_child(run):
    run.log(epoch=5, loss=5)


def test_a_forked_process_sends_by_itself_and_never_the_parents_spool(double, lab):
    run = lab.run("forks")
    run.log(epoch=0, loss=1)
    run.flush()
    own = run._spool.folder / spool.RECORDS
    before = own.read_bytes()
    child = multiprocessing.get_context("fork").Process(target=log_in_child, args=(run,))
    child.start()
    child.join()
    assert child.exitcode == 0
    assert own.read_bytes() == before
    run.log(epoch=1, loss=2)
    run.finish()
    assert double.series("loss") == {0: 1, 1: 2}, "the double is the child's own copy"


def test_a_child_that_does_not_log_leaves_nothing(lab):
    run = lab.run("forks")
    if (pid := os.fork()) == 0:
        os._exit(run._spool is not None)  # nothing of the parent's is left to it
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
    assert len(spools()) == 1
    run.finish()


def test_a_field_that_the_lab_refuses_is_left_out_of_the_run(double, lab, caplog):
    def refuse(request):
        if b"tags" not in request.content:
            return None
        fields = [{"path": "tags.0", "message": "at most 64 characters"}]
        error = {"code": "invalid", "message": "wrong", "fields": fields}
        return httpx.Response(422, json={"error": error})

    double.refuse = refuse
    with lab.run("tagged", tags=["x" * 100]) as run:
        run.log(epoch=0, loss=1)
    assert double.series("loss") == {0: 1}
    assert "left out of the run: wrong (tags.0: at most 64 characters)" in caplog.text


def test_a_clock_that_is_wrong_costs_the_times_alone(double, lab, caplog):
    run = lab.run("from the future")
    run.flush()

    def refuse(request):
        if not request.url.path.endswith("/log") or b"time" not in gzip.decompress(request.content):
            return None
        fields = [{"path": "points.0.time", "message": "lies in the future"}]
        error = {"code": "invalid", "message": "wrong", "fields": fields}
        return httpx.Response(422, json={"error": error})

    double.refuse = refuse
    for epoch in range(9):
        run.log(epoch=epoch, loss=1)
    run.finish()
    assert len(double.series("loss")) == double.received == 9
    assert caplog.text.count("clock is wrong") == 1
