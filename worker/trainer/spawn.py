"""Starting and ending the trainer process of a run."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from multiprocessing.connection import Connection
from typing import Any, BinaryIO

from backend.core.settings import Settings
from backend.store.claims import Claim
from worker.machine.slots import Slot
from worker.trainer.forking import Beginning, Forks, TrainerProcess, start_alone
from worker.trainer.ranks_folders import folder_of

COMMAND = (sys.executable, "-m", "worker.trainer.process")
HANG = 5.0  # seconds for a trainer to end after it has closed its pipe; it is not watched then
GRACE = 1.0  # seconds between SIGTERM and SIGKILL; nothing is lost, checkpoints are atomic


@dataclass
class TrainerHandle:
    """A trainer and the pipe of its messages."""

    process: TrainerProcess
    stdin: BinaryIO
    pipe: Connection
    pipe_open: bool = True

    def wait(self) -> int:
        """Its exit status once it has closed its pipe; negative: the signal that ended it."""
        try:
            return self.process.wait(HANG)
        except TimeoutError:  # it closed the pipe and hangs
            self.end()
            return self.process.wait()

    def acknowledge(self) -> None:
        """Says that an epoch is in the database: now its checkpoint may be written."""
        self.answer("recorded")

    def answer(self, word: str) -> None:
        """To what the trainer waits for."""
        self.tell(f"{word}\n".encode())

    def end(self) -> None:
        """Ends the process and its children; harmless when it has ended already."""
        if not self.process.give_up():
            if self.process.poll() is None:
                self.process.signal(signal.SIGTERM)
                with contextlib.suppress(TimeoutError):
                    self.process.wait(GRACE)
            # The group, always: DataLoader workers may outlive the trainer.
            self.process.signal(signal.SIGKILL)
            self.process.wait()
        with contextlib.suppress(BrokenPipeError):
            self.stdin.close()
        self.pipe.close()

    def tell(self, line: bytes) -> None:
        with contextlib.suppress(BrokenPipeError):  # it ended; following it finds out why
            self.stdin.write(line)
            self.stdin.flush()


def start_trainer(
    config: Settings,
    claim: Claim,
    slots: Sequence[Slot],
    *,
    forks: Forks | None = None,
    samples: bool = False,
    decisions: Mapping[int, int | None] | None = None,
    fork_point: Mapping[str, Any] | None = None,
    on_begin: Callable[[int], None] = lambda _pid: None,
) -> TrainerHandle:
    """Starts the process of a claimed run in a group of its own; raises OSError if it can't.

    `forks`: from this worker's template. With `samples` it sends its dataset's sample images first;
    `decisions` on training labels are those of the run's label set; `fork_point` is a fork's.
    """
    log_path = config.log_path(claim.run_id, claim.attempt)
    log_path.parent.mkdir(parents=True, exist_ok=True)
    log = os.open(log_path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o666)
    reading, writing = os.pipe()
    orders, stdin = os.pipe()
    beginning = Beginning(COMMAND, orders, log, writing, _environment(slots))
    pipe = Connection(reading, writable=False)
    try:
        process = (forks.start if forks else start_alone)(beginning, on_begin)
    except OSError:
        pipe.close()
        os.close(stdin)
        beginning.close()
        raise
    job = {
        "run_id": claim.run_id,
        "attempt": claim.attempt,
        "spec": claim.spec,
        "pipe": writing,
        "data_dir": str(config.datasets_dir),
        "precision_dir": str(config.data_dir / "precision"),
        "checkpoint_dir": str(config.checkpoint_dir(claim.run_id)),
        "ranks_dir": str(folder_of(config, claim)),
        "keep": asdict(config.retention(claim.spec)),  # checkpoints
        "threads": slots[0].threads,  # of each process
        "recorded": claim.epoch,
        "files_url": config.files_url,
        "run_in_store": claim.identity.name,
        "fork_point": fork_point,
        "parent_dir": str(config.parent_dir(claim.run_id)),
        "samples": samples,
        "decisions": None if decisions is None else list(decisions.items()),
    }
    handle = TrainerHandle(process, os.fdopen(stdin, "wb"), pipe)
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
