"""`python -m backend slurm --template lab.sbatch --max 8`: a job for each queued run, on the login
node (docs/slurm.md)."""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading

from backend.cli.slurm.commands import Slurm, SlurmError, Template
from backend.cli.slurm.submitter import Submitter
from backend.core import logs
from backend.core.settings import Settings
from backend.server.lease_thread import LeaseKeeper
from backend.store import batch_jobs
from backend.store.database import connect
from backend.store.errors import SchemaMismatch, Unreachable

log = logging.getLogger("ols.slurm")


def submit_jobs(config: Settings, given: argparse.Namespace) -> int:
    """Until Ctrl-C or SIGTERM; the exit status."""
    try:
        template = Template.read(given.template)
        database = connect(config.resolved_database_url, check=True)
        with database.read() as session:
            lab = batch_jobs.lab_uid(session)
        slurm = Slurm(template, lab)
        slurm.jobs()  # is there Slurm at all?
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
    # No job comes for the run of a job that was killed before it is queued again, and there may be
    # neither another worker nor a web service to do that.
    leases = LeaseKeeper(config, database)
    leases.start()
    log.info("at most %d jobs of %s; Ctrl-C ends this", given.max, given.template)
    Submitter(database, slurm, given.max, given.every).work(stop)
    leases.close()
    log.info("ended; jobs that wait or run stay, and this command finds them again")
    database.dispose()
    return 0
