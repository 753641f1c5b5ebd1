"""A run in two ranks under real torchrun, with a small trainer in the real one's place."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from ols.training.epoch_report import EpochReport, RunInfo
from tests.support.processes import all_end
from tests.support.waiting import PATIENCE, wait_until
from tests.worker.process import Process
from worker.trainer.launcher import _ours, cause
from worker.trainer.messages import Done, Failure

# A rank: trains without torch; `{body}` runs in each rank before each epoch's report.
RANK = """
import os, signal, sys, time, types
import numpy as np
from ols.errors import DatasetUnavailable
from ols.training.epoch_report import EpochReport, RunInfo

rank, S = int(os.environ["RANK"]), np.full((2, 2), 0.5, np.float32)

class Trainer:
    def __init__(self, spec, **given):
        self.given, self.info = given, RunInfo(("a", "b"), "cpu", "CPU", 1, 9, 8, 4, 0, 1, 0, S)
    def __iter__(self):
        for epoch in (1, 2):
            {body}
            yield EpochReport(epoch, 2, {{"val_top1": epoch / 2}}, {{"soft_labels": S}})
            if rank == 0:
                (self.given["checkpoint_dir"] / f"epoch-{{epoch:06d}}.pt").touch()

sys.modules["ols.training.trainer"] = types.ModuleType("ols.training.trainer")
sys.modules["ols.training.trainer"].Trainer = Trainer
from worker.trainer.rank import main
sys.exit(main())
"""
LAUNCHER = """
import sys
from worker.trainer import launcher
launcher.RANK = ("--no-python", sys.executable, "-c", {rank!r})
from worker.trainer.process import main
sys.exit(main())
"""
SLEEP = "time.sleep(600)"

Launch = Callable[[str], Process]


@pytest.fixture
def launch(start: Callable[..., Process]) -> Launch:
    """A launcher of two ranks that do `body`."""

    def launch(body: str) -> Process:
        return start("-c", LAUNCHER.format(rank=RANK.format(body=body)), devices=2)

    return launch


def ranks(process: Process) -> list[psutil.Process]:
    """Both ranks, once they run."""
    launcher = psutil.Process(process.popen.pid)
    wait_until(lambda: len(launcher.children(recursive=True)) == 2, otherwise=process.log.read_text)
    return launcher.children(recursive=True)


def failure(process: Process) -> Failure:
    """What comes after the epochs, each of which is recorded."""
    while not isinstance(message := process.next(object), Failure):
        assert not isinstance(message, Done)
        if isinstance(message, EpochReport):
            process.tell("recorded")
    return message


def test_the_first_rank_reports_and_waits_for_each_epoch_to_be_recorded(launch: Launch) -> None:
    process = launch("pass")
    assert process.next(RunInfo).classes == ("a", "b")
    for epoch in (1, 2):
        assert process.next(EpochReport).epoch == epoch
        assert not process.pipe.poll(0.5), "it waits for the word that the epoch is recorded"
        assert len(process.checkpoints()) == epoch - 1
        process.tell("recorded")
    process.next(Done)
    assert process.checkpoints() == ["epoch-000001.pt", "epoch-000002.pt"]
    assert process.popen.wait(PATIENCE) == 0
    assert not process.ranks_dir.exists(), "torchrun's folder goes with the launcher"
    log = process.log.read_text()
    assert log.count("epoch 2/2") == 1, "only the first rank logs epochs"
    assert "torch" not in log, "and torchrun nothing"


def test_done_is_said_when_every_rank_has_ended_well(launch: Launch) -> None:
    process = launch("epoch == 2 and rank == 1 and sys.exit(3)")
    assert failure(process) == Failure(
        "crash", "Rank 1 ended with exit status 3 and no message. Its log says more."
    )


def test_an_error_in_any_rank_is_told_with_its_rank_and_traceback(launch: Launch) -> None:
    # Rank 0 fails too, later, as it does when it has lost its peer.
    process = launch(
        "if rank: raise ValueError('no such layer')\n"
        "            time.sleep(0.3); raise RuntimeError('Connection closed by peer')"
    )
    assert failure(process) == Failure("crash", "Rank 1: ValueError: no such layer")
    assert process.popen.wait(PATIENCE) == 1
    assert "Traceback" in process.log.read_text()


@pytest.mark.parametrize("rank", [0, 1])
def test_the_researchers_error_is_told_once_and_verbatim(launch: Launch, rank: int) -> None:
    process = launch(
        f"if rank == {rank}: raise DatasetUnavailable('put it there')\n            {SLEEP}"
    )
    assert failure(process) == Failure("dataset_unavailable", "put it there")
    assert process.popen.wait(PATIENCE) == 0
    assert "Traceback" not in process.log.read_text()


@pytest.mark.parametrize("rank", [0, 1])
def test_a_rank_that_the_system_kills_is_named(launch: Launch, rank: int) -> None:
    process = launch(SLEEP)
    process.next(RunInfo)
    both = ranks(process)
    next(one for one in both if one.environ()["RANK"] == str(rank)).kill()
    told = failure(process)
    assert told.code == "killed"
    assert told.message.startswith(f"Rank {rank} was killed by the system (SIGKILL)")
    assert process.popen.wait(PATIENCE) == 1
    assert all_end(both)


def test_a_rank_that_never_gets_as_far_as_its_job(start: Callable[..., Process]) -> None:
    process = start("-c", LAUNCHER.format(rank="import no_such_module"), devices=2)
    assert failure(process).message.endswith(
        "ended with exit status 1 and no message. Its log says more."
    )
    assert "no_such_module" in process.log.read_text()


def _close_stdin(process: Process) -> None:
    assert process.popen.stdin is not None
    process.popen.stdin.close()


ENDS: dict[str, Callable[[Process], None]] = {
    "the launcher, which is torchrun, is killed": lambda process: process.popen.kill(),
    "its whole group is killed": lambda process: os.killpg(process.popen.pid, signal.SIGKILL),
    "it is told to stop": lambda process: os.killpg(process.popen.pid, signal.SIGTERM),
    "the worker has gone": _close_stdin,
}


@pytest.mark.parametrize("end", ENDS)
@pytest.mark.parametrize("moment", ["starting", "training"])
def test_no_rank_outlives_the_launcher(launch: Launch, end: str, moment: str) -> None:
    process = launch(f"signal.signal(signal.SIGTERM, signal.SIG_IGN); {SLEEP}")
    if moment == "training":
        process.next(RunInfo)
    left = ranks(process)
    ENDS[end](process)
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.popen.wait(1)
    process.popen.kill()  # the supervisor's second step, where ranks do not listen to the first
    assert all_end(left)


def test_a_killed_launcher_leaves_files_only_where_they_are_swept(
    launch: Launch, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setenv("TMPDIR", str(temporary))
    process = launch(SLEEP)
    process.next(RunInfo)
    left = ranks(process)
    process.popen.kill()
    assert all_end(left)
    assert list(process.ranks_dir.iterdir()), "torchrun's"
    assert not list(temporary.iterdir())


def test_a_line_from_another_user_is_not_ours(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = socket.socketpair()
    with one, other:
        assert _ours(one)
        monkeypatch.setattr(os, "getuid", lambda: 4_242_424)
        assert not _ours(one)


@pytest.mark.parametrize("cut", ["connection", "parent"])
def test_either_the_cut_line_or_the_lost_parent_is_enough(
    launch: Launch, cut: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A busy rank does not read its line; a line may be cut before the parent has gone."""
    without = {
        "connection": "rank._die_with_the_launcher = lambda: None",
        "parent": "rank.frames = lambda line: iter(time.sleep, 1)",
    }[cut]
    script = RANK.replace(
        "from worker.trainer.rank import main",
        f"from worker.trainer import rank\n{without}\nfrom worker.trainer.rank import main",
    )
    monkeypatch.setattr(f"{__name__}.RANK", script)
    process = launch(SLEEP)
    process.next(RunInfo)
    left = ranks(process)
    process.popen.kill()
    assert all_end(left)


TERM, KILL, ABORT = -signal.SIGTERM, -signal.SIGKILL, -signal.SIGABRT
SAID = Failure("crash", "Rank 1: ValueError: x")
MEMORY = Failure("out_of_memory", "Rank 0: Memory ran out.")
MISTAKE = Failure("diverged", "lower the rate")


@pytest.mark.parametrize(
    ("exits", "said", "message"),
    [
        ({0: 1, 1: KILL}, [Failure("crash", "Rank 0: lost its peer")], "Rank 1 was killed"),
        ({0: TERM, 1: -signal.SIGSEGV}, [], "Rank 1 was ended by SIGSEGV"),
        ({0: TERM, 1: 1}, [SAID], SAID.message),
        ({0: ABORT, 1: 1}, [SAID], SAID.message),
        ({0: 1, 1: 1}, [SAID, MISTAKE], MISTAKE.message),
        ({0: 1, 1: 1}, [SAID, MEMORY], MEMORY.message),
        ({0: TERM, 1: 3}, [], "Rank 1 ended with exit status 3"),
        ({0: TERM}, [], "Rank 0 was ended by SIGTERM"),
    ],
)
def test_the_cause_is_told_and_not_what_followed(
    exits: dict[int, int], said: list[Failure], message: str
) -> None:
    assert cause(exits, said).message.startswith(message)
