"""The process that trains one run: `python -m worker.trainer_process`, started by the supervisor.

It knows neither database nor queue. The job comes as one JSON line on stdin, then a line for each
epoch that is recorded; when stdin closes, the parent has gone and this process ends itself. Reports
leave as messages on the file descriptor that the job names. Standard output and error are the run's
log.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
import traceback
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from ols.errors import OlsError
from ols.report import EpochReport, RunInfo
from ols.spec import RunSpec
from worker.checkpoints import attempt_folder
from worker.messages import Done, Failure, Message, encode

SHOWN = ("train_loss", "train_top1", "val_loss", "val_top1", "val_ece")
ORPHANED = 70  # exit status; nobody is there to read it


def main() -> int:
    """Trains; 0 when a message says how it ended, 1 after a crash."""
    job = json.loads(sys.stdin.readline())
    recorded = threading.Semaphore(0)
    threading.Thread(target=_listen, args=(recorded,), daemon=True).start()
    pipe = Connection(job["pipe"], readable=False)
    try:
        _train(job, pipe, recorded)
    except OlsError as error:
        _log(f"{error.code}: {error}")
        _send(pipe, Failure(error.code, str(error)))
    except BrokenPipeError:
        return ORPHANED
    except Exception as error:
        traceback.print_exc()
        _send(pipe, _failure(error))
        return 1
    return 0


def _train(job: dict[str, Any], pipe: Connection, recorded: threading.Semaphore) -> None:
    _log(f"run {job['run_id']}, attempt {job['attempt']}: loading PyTorch and the data")
    spec = RunSpec.parse(job["spec"])
    # Here and not above: a job that is wrong should fail before the seconds that torch takes.
    from ols.trainer import Trainer

    trainer = Trainer(
        spec,
        data_dir=Path(job["data_dir"]),
        checkpoint_dir=attempt_folder(Path(job["checkpoint_dir"]), job["attempt"]),
        threads=job["threads"],
        on_progress=lambda progress: _send(pipe, progress),
    )
    _log(_opening(trainer.info))
    _send(pipe, trainer.info)
    for report in trainer:
        _log(_line(report))
        for warning in report.warnings:
            _log(f"  warning: {warning}")
        _send(pipe, report)
        # The trainer writes the checkpoint next. Were it written before the report is recorded, a
        # worker that dies in between would leave a run without this epoch's metrics for ever.
        recorded.acquire()
    _log("done")
    _send(pipe, Done())


def _listen(recorded: threading.Semaphore) -> None:
    """Counts recorded epochs; ends an orphan, which must write no report and no checkpoint."""
    # Not through sys.stdin: a thread that waits in a buffered reader makes the exit of Python fail.
    while data := os.read(0, 4096):
        for _ in range(data.count(b"\n")):
            recorded.release()
    if os.getpgrp() == os.getpid():
        os.killpg(0, signal.SIGKILL)  # with its DataLoader workers
    os._exit(ORPHANED)


def _send(pipe: Connection, message: Message) -> None:
    pipe.send_bytes(encode(message))


def _failure(error: Exception) -> Failure:
    """An unexpected end, with advice where memory ran out (by name: torch may not be loaded)."""
    text = f"{type(error).__name__}: {error}"
    if (
        isinstance(error, MemoryError)
        or type(error).__name__ == "OutOfMemoryError"  # CUDA's
        or "DefaultCPUAllocator" in text
    ):
        advice = "Memory ran out. Lower batch_size or the model's width, or use a larger device."
        return Failure("out_of_memory", f"{advice} {text}")
    return Failure("crash", text)


def _opening(info: RunInfo) -> str:
    start = f"resumed after epoch {info.resumed_epoch}" if info.resumed_epoch else "from scratch"
    noise = f", {info.corrupted:,} of the labels wrong" if info.corrupted else ""
    return (
        f"{start} on {info.device_name} ({info.device}, {info.threads} threads): "
        f"{info.train_size:,} training images{noise}, {info.val_size:,} to validate, "
        f"{info.parameters:,} parameters, {info.steps_per_epoch} steps an epoch"
    )


def _line(report: EpochReport) -> str:
    shown = [f"{name} {report.metrics[name]:.4f}" for name in SHOWN if name in report.metrics]
    seconds = report.metrics.get("epoch_seconds", float("nan"))
    return f"epoch {report.epoch}/{report.epochs}  {'  '.join(shown)}  {seconds:.1f} s"


def _log(text: str) -> None:
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
