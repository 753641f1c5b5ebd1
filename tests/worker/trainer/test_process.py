"""The trainer process alone, over its real pipes: when it writes, how it ends."""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable

import psutil
import pytest

from ols.training.epoch_report import EpochReport, RunInfo, SampleAudit
from tests.support.waiting import PATIENCE, wait_until
from tests.worker.process import Process
from worker.trainer.channel import ORPHANED
from worker.trainer.messages import Done, Failure

# Stands for the real trainer in the process: no torch, so quick.
FAKE = """
import sys, types
fake = types.ModuleType("ols.training.trainer")
class Trainer:
    def __init__(self, *_, **__): {body}
fake.Trainer = Trainer
sys.modules["ols.training.trainer"] = fake
from worker.trainer.process import main
sys.exit(main())
"""


@pytest.mark.slow
def test_a_checkpoint_is_written_once_its_epoch_is_recorded(start: Callable[..., Process]) -> None:
    process = start("-m", "worker.trainer.process")
    process.next(RunInfo)
    for epoch in (1, 2):
        assert process.next(EpochReport).epoch == epoch
        assert not process.pipe.poll(0.5), "it waits for the word that the epoch is recorded"
        assert len(process.checkpoints()) == epoch - 1
        process.tell("recorded")
    process.next(SampleAudit)
    process.next(Done)
    assert process.checkpoints() == ["epoch-000001.pt", "epoch-000002.pt"]
    assert process.popen.wait(PATIENCE) == 0
    assert "epoch 2/2  val_top1" in process.log.read_text()


def test_an_orphan_ends_itself_with_its_children(start: Callable[..., Process]) -> None:
    child = "import subprocess, time; child = subprocess.Popen(['sleep', '600'])"
    body = f"exec({child!r}, globals()); print(child.pid, 'is up', flush=True); time.sleep(600)"
    process = start("-c", FAKE.format(body=body))
    wait_until(lambda: "is up" in process.log.read_text(), otherwise=process.log.read_text)
    pid = int(process.log.read_text().splitlines()[-1].split()[0])
    assert psutil.Process(pid).name() == "sleep"
    assert process.popen.stdin is not None
    process.popen.stdin.close()
    assert process.popen.wait(PATIENCE) in (-signal.SIGKILL, ORPHANED)
    with contextlib.suppress(psutil.NoSuchProcess):
        assert psutil.Process(pid).status() == psutil.STATUS_ZOMBIE


def test_an_unexpected_error_is_a_crash_with_its_traceback_in_the_log(
    start: Callable[..., Process],
) -> None:
    process = start("-c", FAKE.format(body="raise ValueError('no such layer')"))
    failure = process.next(Failure)
    assert failure == Failure("crash", "ValueError: no such layer")
    assert process.popen.wait(PATIENCE) == 1
    assert "Traceback" in process.log.read_text()


@pytest.mark.parametrize(
    "error",
    [
        "MemoryError()",
        "type('OutOfMemoryError', (RuntimeError,), {})('CUDA out of memory')",
        "RuntimeError('DefaultCPUAllocator: not enough memory')",
    ],
)
def test_memory_that_ran_out_comes_with_advice(start: Callable[..., Process], error: str) -> None:
    failure = start("-c", FAKE.format(body=f"raise {error}")).next(Failure)
    assert failure.code == "out_of_memory"
    assert "Lower batch_size" in failure.message


def test_the_researchers_error_keeps_its_code_and_words(start: Callable[..., Process]) -> None:
    body = "from ols.errors import DatasetUnavailable; raise DatasetUnavailable('put it there')"
    process = start("-c", FAKE.format(body=body))
    assert process.next(Failure) == Failure("dataset_unavailable", "put it there")
    assert process.popen.wait(PATIENCE) == 0
    assert "Traceback" not in process.log.read_text()
