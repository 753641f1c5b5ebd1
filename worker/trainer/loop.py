"""The loop that trains a run and reports it, in a single process or in one of several ranks."""

from __future__ import annotations

import traceback
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ols.errors import OlsError
from ols.spec.metrics import shown
from ols.spec.run_spec import RunSpec
from ols.training.epoch_report import EpochReport, RunInfo
from ols.training.retention import Retention
from worker.files.checkpoints import list_checkpoints
from worker.trainer import precision
from worker.trainer.channel import Channel
from worker.trainer.failures import explain_error
from worker.trainer.fork_points import by_number, prepared_fork_point
from worker.trainer.messages import Done, Failure

if TYPE_CHECKING:
    from ols.training.trainer import Trainer

Job = dict[str, Any]  # made by worker.trainer.spawn
Ending = Done | Failure


def attempt(work: Callable[[], Ending]) -> Ending:
    """How `work` ended; what it raised is in the log, and in words for the researcher."""
    try:
        return work()
    except OlsError as error:
        log(f"{error.code}: {error}")
        return Failure(error.code, str(error))
    except BrokenPipeError:
        raise
    except Exception as error:
        traceback.print_exc()
        return explain_error(error)


def train(job: Job, channel: Channel) -> Done:
    """Trains and reports every epoch."""
    log(f"run {job['run_id']}, attempt {job['attempt']}: loading PyTorch and the data")
    trainer = _trainer(job, channel)
    log(_opening(trainer.info))
    channel.send(trainer.info)
    if job.get("samples"):
        _send_samples(trainer, channel)
    for report in trainer:
        log(_line(report))
        for warning in report.warnings:
            log(f"  warning: {warning}")
        channel.send(report)
        # The trainer writes the checkpoint next. Were it written before the report is recorded, a
        # worker that dies in between would leave a run without this epoch's metrics for ever.
        channel.answer()
    _send_audit(trainer, channel)
    log("done")
    return Done()


def train_quietly(job: Job) -> Done:
    """What all ranks but the first do, which reports for all."""
    for _ in _trainer(job):
        pass
    return Done()


def log(text: str) -> None:
    """A line of the run's log."""
    print(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} {text}", flush=True)


def _trainer(job: Job, channel: Channel | None = None) -> Trainer:
    """`channel`: of the one that reports."""
    spec = RunSpec.parse(job["spec"])
    # Imported here: a wrong job should fail before the seconds that loading torch takes.
    from ols.training.trainer import Trainer

    folder = Path(job["checkpoint_dir"])
    return Trainer(
        spec,
        data_dir=Path(job["data_dir"]),
        checkpoint_dir=folder,
        threads=job["threads"],
        on_progress=channel.send if channel else None,
        keep=Retention(**job["keep"]),
        decisions=by_number(job.get("decisions")),
        fork_point=prepared_fork_point(job, log, needed=not list_checkpoints(folder)),
        settle_precision=partial(precision.settle, job, channel, log) if channel else None,
    )


def _send_samples(trainer: Trainer, channel: Channel) -> None:
    """Thumbnails must not fail a run: what goes wrong with them is a line of the log."""
    try:
        channel.send(trainer.samples())
    except BrokenPipeError:
        raise
    except Exception as error:
        log(f"no sample images: {type(error).__name__}: {error}")


def _send_audit(trainer: Trainer, channel: Channel) -> None:
    """It must not fail a run that has trained well, either."""
    try:
        channel.send(trainer.audit())
    except BrokenPipeError:
        raise
    except Exception as error:
        log(f"no audit of the labels: {type(error).__name__}: {error}")


def _opening(info: RunInfo) -> str:
    start = f"resumed after epoch {info.resumed_epoch}" if info.resumed_epoch else "from scratch"
    noise = f", {info.corrupted:,} wrong labels" if info.corrupted else ""
    return (
        f"{start} on {info.device_name} ({info.device}, {info.threads} threads, {info.precision}): "
        f"{info.train_size:,} training images{noise}, {info.val_size:,} validation images, "
        f"{info.parameters:,} parameters, {info.steps_per_epoch} steps per epoch"
    )


def _line(report: EpochReport) -> str:
    words = [
        f"{each.name} {each.text(report.metrics[each.name])}"
        for each in shown("log")
        if each.name in report.metrics
    ]
    return f"epoch {report.epoch}/{report.epochs}  {'  '.join(words)}"
