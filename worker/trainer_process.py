"""The process that trains one run: `python -m worker.trainer_process`, started by the supervisor.

It knows neither database nor queue. The job comes as one JSON line on stdin, which stays open: when
it closes, the parent has gone and this process ends itself. Reports leave as messages on the file
descriptor that the job names. Standard output and error are the run's log.
"""

from __future__ import annotations

import json
import os
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
from worker.messages import Done, Failure, Message, encode

SHOWN = ("train_loss", "train_top1", "val_loss", "val_top1", "val_ece")
ORPHANED = 70  # exit status; nobody is there to read it


def main() -> int:
    """Trains; 0 when a message says how it ended, whatever the end."""
    job = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, daemon=True).start()
    pipe = Connection(job["pipe"], readable=False)
    try:
        _train(job, pipe)
    except OlsError as error:
        _log(f"{error.code}: {error}")
        _send(pipe, Failure(error.code, str(error)))
    except BrokenPipeError:
        return ORPHANED
    except Exception as error:
        traceback.print_exc()
        _send(pipe, Failure("crash", f"{type(error).__name__}: {error}"))
        return 1
    return 0


def _train(job: dict[str, Any], pipe: Connection) -> None:
    _log(f"run {job['run_id']}, attempt {job['attempt']}: loading PyTorch and the data")
    # Here and not above: a job that is wrong should fail before the seconds that torch takes.
    from ols.trainer import Trainer

    trainer = Trainer(
        RunSpec.parse(job["spec"]),
        data_dir=Path(job["data_dir"]),
        checkpoint_dir=Path(job["checkpoint_dir"]),
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
    _log("done")
    _send(pipe, Done())


def _end_with_parent() -> None:
    """An orphan must write nothing more: not a report, not a checkpoint."""
    while os.read(0, 4096):
        pass
    os._exit(ORPHANED)


def _send(pipe: Connection, message: Message) -> None:
    pipe.send_bytes(encode(message))


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
