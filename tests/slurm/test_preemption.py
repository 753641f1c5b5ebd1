"""Five runs in jobs that are preempted at random, on commands that stand in for Slurm's.

`make test-slurm` does the same with twenty, longer, on a real one.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.cli.slurm.commands import Slurm, Template
from backend.cli.slurm.submitter import Submitter
from backend.server.lease_thread import LeaseKeeper
from backend.store import batch_jobs
from tests.kills.ground import Ground, settings
from tests.slurm.fakes import FakeScheduler, install
from tests.slurm.proof import job_script, prove

MOST = 2


def test_runs_in_jobs_that_are_preempted_end_as_if_nobody_had_disturbed_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ground = Ground(settings(tmp_path / "data"), None, None)
    ground.nudges = 0
    fake = install(monkeypatch, tmp_path / "slurm")
    jobs = {**ground.environment, "OLS_DATA_DIR": str(ground.config.data_dir)}
    jobs |= {"OLS_TRAINER_THREADS": "1", "CUDA_VISIBLE_DEVICES": ""}
    script = job_script(ground.log, jobs, "--gres=gpu:{devices}")
    with ground.database.read() as session:
        slurm = Slurm(Template(script), batch_jobs.lab_uid(session))
    follower = Submitter(ground.database, slurm, MOST, every=1.0)
    scheduler = FakeScheduler(fake, follower.round, MOST, wall=60.0)
    leases = LeaseKeeper(ground.config, ground.database)
    leases.start()
    try:
        outcome = prove(ground, scheduler, planned=5, epochs=3, pause=(3, 6), seed=1)
    finally:
        leases.close()
        scheduler.close()
        ground.close()
    assert not outcome.faults, "\n".join(outcome.faults)
    assert outcome.preempted, "nothing was shown"
