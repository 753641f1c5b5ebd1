"""What the doctor checks from inside a Slurm job: all that a worker there would need."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Iterator

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.cli.finding import Finding
from backend.core.run_states import RunSource
from backend.core.settings import Settings
from backend.core.slurm_job import end_words, job_end, job_number
from backend.core.storage import storage_problem
from backend.store.tables import Run

ONCE = "python -m worker --once"
_PATIENCE = 120.0  # seconds for the packages to load from a network folder that is busy


def slurm_job(config: Settings) -> Iterator[Finding]:
    """Its number and end, the data folder, the slots of a worker here; nothing outside a job."""
    number = job_number()
    if number is None:
        return
    yield _job(number)
    yield _folder(config)
    yield _slots()


def _job(number: str) -> Finding:
    place, end = f"{number} on {socket.gethostname()}", job_end()
    if end is None:
        advice = f"Is there a time limit? Else say when to leave: {ONCE} --until END"
        return Finding("Slurm job", "warning", f"{place}; scontrol tells no end", advice)
    return Finding("Slurm job", "ok", f"{place}, ends {end_words(end)}")


def _folder(config: Settings) -> Finding:
    folder = config.data_dir
    if not folder.is_dir():
        advice = "Set OLS_DATA_DIR to the folder that login and compute nodes share."
        return Finding("folder", "error", f"{folder} is not there", advice)
    if problem := storage_problem(folder):
        return Finding("folder", "error", f"{folder}, by a file written to it", problem.text)
    return Finding("folder", "ok", f"{folder} was written to")


def shared_files(config: Settings, session: Session) -> Iterator[Finding]:
    """Whether the data folder and the database are those of every node; nothing outside a job."""
    if job_number() is None:
        return
    if session.get_bind().dialect.name == "sqlite":
        advice = "Use PostgreSQL: SQLite's locks do not hold on a network folder."
        yield Finding("database", "warning", "SQLite serves one machine alone", advice)
    newest = session.scalar(
        select(Run.id)
        .where(Run.source == RunSource.TRAINED, Run.epoch > 0, Run.deleted_at.is_(None))
        .order_by(Run.id.desc())
        .limit(1)
    )
    if newest is None or config.files_url or config.run_dir(newest).is_dir():
        return
    detail = f"{config.data_dir} holds no files of run {newest}, which has trained"
    advice = "Runs could not resume here. Set OLS_DATA_DIR to the shared folder, or OLS_FILES_URL."
    yield Finding("folder", "warning", detail, advice)


def _slots() -> Finding:
    """As the worker itself finds them: this package knows no worker."""
    command = [sys.executable, "-m", "worker", "--slots"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_PATIENCE)
    except (OSError, subprocess.TimeoutExpired) as error:
        return Finding("slots", "error", str(error), "Start the doctor in the checkout.")
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["python -m worker failed"])[-1]
        advice = "Compare CUDA_VISIBLE_DEVICES with the job's --gres, and `nvidia-smi`."
        return Finding("slots", "error", reason, advice)
    lines = done.stdout.splitlines()
    return Finding("slots", "ok", f"{len(lines)}: {'; '.join(lines)}")
