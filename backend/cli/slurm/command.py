"""`python -m backend slurm --template lab.sbatch --max 8`: a job for each queued run, on the login
node (docs/slurm.md)."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from pathlib import Path

from backend.cli.slurm.commands import Slurm, SlurmError, Template
from backend.cli.slurm.submitter import Submitter
from backend.core import logs
from backend.core.settings import Settings
from backend.store import batch_jobs
from backend.store.database import connect
from backend.store.errors import SchemaMismatch, Unreachable

log = logging.getLogger("ols.slurm")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Everything that `submit_jobs` reads."""
    parser.add_argument("--template", type=Path, required=True, help="the job script")
    parser.add_argument(
        "--max", type=_natural, required=True, metavar="N", help="jobs that wait or run, at most"
    )
    parser.add_argument(
        "--every",
        type=_natural,
        default=30,
        metavar="SECONDS",
        help="between two looks at queue and jobs (default: 30)",
    )


def submit_jobs(config: Settings, given: argparse.Namespace) -> int:
    """Until Ctrl-C or SIGTERM; the exit status."""
    try:
        template = Template.read(given.template)
        database = connect(config.resolved_database_url, check=True)
        with database.read() as session:
            lab = batch_jobs.lab_uid(session)
        slurm = Slurm(template, lab)
        slurm.jobs()  # is there a Slurm at all?
    except OSError as error:
        print(f"{given.template} can't be read: {error.strerror or error}", file=sys.stderr)
        return 1
    except (SchemaMismatch, SlurmError, Unreachable, ValueError) as error:
        print(error, file=sys.stderr)
        return 1
    logs.set_up(config, logging.INFO)
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    log.info("at most %d jobs of %s; Ctrl-C ends this", given.max, given.template)
    Submitter(database, slurm, given.max, given.every).work(stop)
    log.info("ended; jobs that wait or run stay, and this command finds them again")
    database.dispose()
    return 0


def _natural(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError("give a whole number, 1 or more")
    return int(text)
