"""Starting and ending the trainer process of a run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from pathlib import Path

from backend.core.settings import Settings
from backend.store.claims import Claim
from worker.machine.slots import Slot
from worker.trainer.ranks_folders import folder_of

COMMAND = (sys.executable, "-m", "worker.trainer.process")
ROOT = Path(__file__).resolve().parents[2]
HANG = 5.0  # seconds for a trainer to end after it has closed its pipe; it is not watched then
GRACE = 1.0  # seconds between SIGTERM and SIGKILL; nothing is lost, checkpoints are atomic


@dataclass
class TrainerHandle:
    """A running trainer and the pipe of its messages."""

    process: subprocess.Popen[bytes]
    pipe: Connection
    pipe_open: bool = True

    def wait(self) -> int:
        """Its exit status once it has closed its pipe; negative: the signal that ended it."""
        try:
            return self.process.wait(timeout=HANG)
        except subprocess.TimeoutExpired:  # it closed the pipe and hangs
            self.end()
            return self.process.returncode

    def acknowledge(self) -> None:
        """Says that an epoch is in the database: now its checkpoint may be written."""
        self.tell(b"recorded\n")

    def end(self) -> None:
        """Ends the process and its children; harmless when it has ended already."""
        if self.process.poll() is None:
            self._signal(signal.SIGTERM)
            with contextlib.suppress(subprocess.TimeoutExpired):
                self.process.wait(timeout=GRACE)
        # The group, always: DataLoader workers may outlive the trainer.
        self._signal(signal.SIGKILL)
        self.process.wait()
        if self.process.stdin:
            with contextlib.suppress(BrokenPipeError):
                self.process.stdin.close()
        self.pipe.close()

    def tell(self, line: bytes) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(BrokenPipeError):  # it ended; following it finds out why
            self.process.stdin.write(line)
            self.process.stdin.flush()

    def _signal(self, number: signal.Signals) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, number)


def start_trainer(
    config: Settings, claim: Claim, slots: Sequence[Slot], *, samples: bool = False
) -> TrainerHandle:
    """Starts the process of a claimed run in a group of its own; raises OSError if it can't.

    With `samples` it sends its dataset's sample images first.
    """
    log_path = config.log_path(claim.run_id, claim.attempt)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    reading, writing = os.pipe()
    pipe = Connection(reading, writable=False)
    try:
        with log_path.open("ab") as log:
            process = subprocess.Popen(
                COMMAND,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=(writing,),
                cwd=ROOT,
                env=_environment(slots),
                start_new_session=True,
            )
    except OSError:
        pipe.close()
        raise
    finally:
        os.close(writing)  # or the pipe would not close with the trainer
    job = {
        "run_id": claim.run_id,
        "attempt": claim.attempt,
        "spec": claim.spec,
        "pipe": writing,
        "data_dir": str(config.datasets_dir),
        "checkpoint_dir": str(config.checkpoint_dir(claim.run_id)),
        "ranks_dir": str(folder_of(config, claim)),
        "keep": asdict(config.retention),  # checkpoints
        "threads": slots[0].threads,  # of each process
        "recorded": claim.epoch,
        "files_url": config.files_url,
        "run_in_store": claim.identity.name,
        "samples": samples,
    }
    handle = TrainerHandle(process, pipe)
    handle.tell(json.dumps(job).encode() + b"\n")
    return handle


def _environment(slots: Sequence[Slot]) -> dict[str, str]:
    return {
        **os.environ,
        # NVML counts GPUs by their place on the bus, CUDA by their speed unless told.
        "CUDA_DEVICE_ORDER": "PCI_BUS_ID",
        "CUDA_VISIBLE_DEVICES": ",".join(slot.gpu for slot in slots if slot.gpu),
        "OMP_NUM_THREADS": str(slots[0].threads),
        "PYTHONUNBUFFERED": "1",
        "PYTHONFAULTHANDLER": "1",
    }
