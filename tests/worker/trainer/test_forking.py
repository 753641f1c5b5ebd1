"""Trainers that are forked from a template: how they begin, how they end, and what if it dies."""

from __future__ import annotations

import json
import logging
import os
import select
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from backend.store import requests
from tests.support.lab import Lab
from tests.support.processes import all_end
from tests.support.waiting import PATIENCE, wait_until
from tests.worker.test_supervisor import START
from worker.machine.slots import Slot
from worker.supervisor import Supervisor
from worker.trainer import forking, spawn, template
from worker.trainer.forking import Beginning, Forks, TrainerProcess

CPU = Slot(0, None, "CPU")
TINY = """
import sys, types
import worker.trainer.template as template
{change}
def main():
    exec(START + SCRIPT, {{}})
    return 0
fake = types.ModuleType("worker.trainer.process")
fake.main = main
sys.modules[fake.__name__] = fake
sys.exit(template.main())
"""
FINISHES = "epoch(1); epoch(2); epoch(3); send(Done())"

Train = Callable[..., list[int]]


@pytest.fixture
def forks() -> Iterator[Forks]:
    forks = Forks()
    yield forks
    forks.close()


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Templates fork this script in place of the trainer, and load nothing."""

    def use(script: str, change: str = "template.load = lambda: None") -> None:
        code = f"START = {START!r}\nSCRIPT = {script!r}\n" + TINY.format(change=change)
        monkeypatch.setattr(forking, "TEMPLATE", (sys.executable, "-c", code))
        monkeypatch.setattr(spawn, "COMMAND", (sys.executable, "-c", START + script))

    return use


@pytest.fixture
def train(lab: Lab, forks: Forks) -> Train:
    """Supervises the next run; the process ids of its trainers."""

    def train(stop: threading.Event | None = None, **spec: object) -> list[int]:
        pids: list[int] = []
        claim = lab.claim(**spec)
        supervisor = Supervisor(lab.config, lab.database, claim, stop or threading.Event(), forks)
        supervisor.supervise([CPU], lambda _run, pid: pids.append(pid))
        return pids

    return train


def parents(pid: int) -> int:
    return psutil.Process(pid).ppid()


def test_a_forked_trainer_trains_bit_for_bit_as_one_of_its_own(lab: Lab, forks: Forks) -> None:
    """PyTorch is loaded once for both runs of the template."""
    series = []
    for each in (forks, forks, None):
        claim = lab.claim(epochs=2)
        supervisor = Supervisor(lab.config, lab.database, claim, threading.Event(), each)
        supervisor.supervise([Slot(0, None, "CPU", threads=1)])
        assert lab.run(claim.run_id)["state"] == "finished"
        series.append(lab.recorded(claim.run_id))
    assert series[0] == series[1] == series[2]
    assert not lab.trainers()


def test_all_trainers_come_from_one_template(lab: Lab, tiny, train: Train, forks: Forks) -> None:  # type: ignore[no-untyped-def]
    tiny("print(os.getppid(), os.getpgrp() == os.getpid(), flush=True);" + FINISHES)
    pids = [*train(), *train()]
    assert len(set(pids)) == 2
    said = [lab.config.log_path(run_id).read_text().splitlines() for run_id in (1, 2)]
    assert said[0] == said[1], "the same parent"
    assert int(said[0][1].split()[0]) != os.getpid()
    assert said[0][1].endswith("True"), "a group of its own"
    assert [lab.run(run_id)["state"] for run_id in (1, 2)] == ["finished"] * 2


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("os.kill(os.getpid(), signal.SIGKILL)", "SIGKILL"),
        ("os._exit(7)", "exit status 7"),
        ("os.kill(os.getpid(), signal.SIGSEGV)", "SIGSEGV"),
    ],
)
def test_how_it_ended_is_known(lab: Lab, tiny, train: Train, script: str, words: str) -> None:  # type: ignore[no-untyped-def]
    tiny(script)
    train()
    attempt = lab.attempts(1)[-1]
    assert attempt["outcome"] == "crashed"
    assert words in attempt["reason"]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ("template.load = lambda: sys.exit(3)", ""),
        (
            "template.load = lambda: None; template.newest = iter([(1, 1), (1, 2)]).__next__\n"
            "newest = template.newest; template.newest = lambda root: newest()",
            "the code has changed",
        ),
        (
            "import threading\ntemplate.load = lambda: threading.Thread("
            "target=threading.Event().wait, daemon=True).start()",
            "2 threads",
        ),
    ],
)
def test_where_nothing_can_be_forked_a_process_of_its_own_trains(  # type: ignore[no-untyped-def]
    lab: Lab, tiny, train: Train, caplog: pytest.LogCaptureFixture, change: str, why: str
) -> None:
    tiny(FINISHES, change)
    with caplog.at_level(logging.INFO):
        train()
    assert lab.run(1)["state"] == "finished"
    assert why in caplog.text


def test_a_template_that_is_killed_takes_no_run_with_it(lab: Lab, tiny, forks: Forks) -> None:  # type: ignore[no-untyped-def]
    tiny("epoch(1); sys.stdin.readline(); epoch(2); epoch(3); send(Done())")
    parent: list[int] = []

    def kill(_run: int, pid: int) -> None:
        parent.append(parents(pid))
        os.kill(parent[-1], signal.SIGKILL)

    for started in (kill, lambda _run, pid: parent.append(parents(pid))):
        claim = lab.claim()
        supervisor = Supervisor(lab.config, lab.database, claim, threading.Event(), forks)
        supervisor.supervise([CPU], started)
        assert lab.run(claim.run_id)["state"] == "finished"
    assert len(set(parent)) == 2, "the second run has a new one"


def test_a_run_that_is_handed_back_while_it_loads_never_begins(
    lab: Lab, tiny, train: Train
) -> None:  # type: ignore[no-untyped-def]
    tiny("epoch(1)", "import time; template.load = lambda: time.sleep(1)")
    stop = threading.Event()
    stop.set()
    pids = train(stop)
    assert lab.run(1)["state"] == "queued"
    wait_until(lambda: not [pid for pid in pids if psutil.pid_exists(pid)])
    assert lab.run(1)["progress"]["epoch"] == 0


def test_cancelling_ends_the_trainer(lab: Lab, tiny, forks: Forks) -> None:  # type: ignore[no-untyped-def]
    tiny("epoch(1); time.sleep(600)")
    claim = lab.claim()
    begun: list[int] = []

    def cancel(run_id: int, pid: int) -> None:
        begun.append(pid)
        with lab.database.write() as session:
            requests.cancel(session, run_id)

    Supervisor(lab.config, lab.database, claim, threading.Event(), forks).supervise([CPU], cancel)
    assert lab.run(claim.run_id)["state"] == "cancelled"
    wait_until(lambda: not psutil.pid_exists(begun[0]))


def test_changed_code_is_noticed(tmp_path: Path) -> None:
    (tmp_path / "ols").mkdir()
    file = tmp_path / "ols" / "loss.py"
    file.write_text("a = 1")
    before = template.newest(tmp_path)
    assert template.newest(tmp_path) == before
    os.utime(file, ns=(1, before[1] + 1))
    assert template.newest(tmp_path) != before


def test_a_trainer_that_is_refused_at_once_begins_once(
    forks: Forks, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A template may refuse before whoever asked it has looked again."""
    waiting = "import sys, socket; socket.socket(fileno=int(sys.argv[1])).recv(1)"
    monkeypatch.setattr(forking, "TEMPLATE", (sys.executable, "-c", waiting))
    starts: list[TrainerProcess] = []
    monkeypatch.setattr(TrainerProcess, "start", lambda process: starts.append(process))

    def refused(*_: object) -> None:
        assert forks._template is not None
        forks._template._hear({"refused": "the code has changed"})

    monkeypatch.setattr("socket.send_fds", refused)
    process = forks.start(Beginning((), 0, 0, 0, os.environ), lambda _pid: None)
    assert starts == [process]


def test_closing_ends_the_template(lab: Lab, tiny, train: Train, forks: Forks) -> None:  # type: ignore[no-untyped-def]
    tiny(FINISHES)
    train()
    (left,) = (p for p in psutil.Process().children() if "template.main" in " ".join(p.cmdline()))
    forks.close()
    assert all_end([left])


def test_a_template_ends_in_order_though_nobody_read_its_last_words(tiny, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    tiny("")
    line, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs, (tmp_path / "output").open("wb") as output:
        process = subprocess.Popen(
            [*forking.TEMPLATE, str(theirs.fileno())], pass_fds=(theirs.fileno(),), stderr=output
        )
        nothing = os.open(os.devnull, os.O_RDWR)
        request = {"pipe": 500, "environment": {}}
        socket.send_fds(line, [json.dumps(request).encode()], [nothing, nothing, nothing])
        os.close(nothing)
        assert select.select([line], [], [], PATIENCE)[0], "it told of its trainer"
    line.close()
    assert process.wait(PATIENCE) == 0
    assert "Traceback" not in (tmp_path / "output").read_text()
