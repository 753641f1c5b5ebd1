"""Jobs follow the queue: submitted, cancelled, noted down; trouble is said and waited out."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from backend.cli.slurm.commands import Slurm, SlurmError, Template
from backend.cli.slurm.submitter import Submitter
from backend.store import batch_jobs, claims, runs
from backend.store.database import Database
from tests.slurm.fakes import FakeSlurm, install
from tests.support import factories as make

TEMPLATE = """#!/bin/bash
#SBATCH --gres=gpu:{devices} --time=1
echo {devices}
"""


@pytest.fixture
def fake(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> FakeSlurm:
    return install(monkeypatch, tmp_path / "slurm")


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def submitter(database: Database, most: int = 8, template: str = TEMPLATE) -> Submitter:
    with database.read() as session:
        lab = batch_jobs.lab_uid(session)
    slurm = Slurm(Template(template), lab)
    return Submitter(database, slurm, most, every=30.0, clock=Clock())


def test_a_job_for_each_queued_run_by_its_devices(database: Database, fake: FakeSlurm) -> None:
    first, large = make.submit(database), make.submit(database, devices=2)
    with database.read() as session:
        lab = batch_jobs.lab_uid(session)
    submitter(database).round()
    assert fake.states() == {"1": "PENDING", "2": "PENDING"}
    assert fake.name("1") == f"ols-{lab[:8]}-1"
    assert "--gres=gpu:2 --time=1\necho {devices}" in fake.script("2"), "in its options alone"
    with database.read() as session:
        shown = [runs.get(session, number)["job"] for number in (first, large)]
    assert [job and (job["number"], job["state"]) for job in shown] == [
        ("1", "PENDING"),
        ("2", "PENDING"),
    ]


def test_another_one_takes_over_where_this_one_ended(database: Database, fake: FakeSlurm) -> None:
    run_id = make.submit(database)
    submitter(database).round()
    fake.set("1", "PENDING", "QOSMaxJobsPerUserLimit")
    submitter(database).round()
    assert fake.states() == {"1": "PENDING"}
    with database.read() as session:
        job = runs.get(session, run_id)["job"]
    assert job == {"number": "1", "state": "PENDING", "reason": "QOSMaxJobsPerUserLimit"}


def test_never_more_than_may_be(database: Database, fake: FakeSlurm) -> None:
    for _ in range(5):
        make.submit(database)
    follower = submitter(database, most=2)
    for _ in range(3):
        follower.round()
    assert fake.states() == {"1": "PENDING", "2": "PENDING"}


def test_pending_jobs_are_cancelled_when_the_queue_empties(
    database: Database, fake: FakeSlurm
) -> None:
    for _ in range(2):
        make.submit(database)
    follower = submitter(database)
    follower.round()
    fake.set("1", "RUNNING")
    make.heartbeat(database, "node", job="1")
    for _ in range(2):
        with database.write() as session:
            claims.claim_next(session, worker="node", slot=0, lease_seconds=30)
    follower.round()
    assert fake.states()["2"] == "PENDING", "a run may be handed back"
    follower.round()
    assert fake.states() == {"1": "RUNNING", "2": "GONE"}
    with database.read() as session:
        assert [job["number"] for job in batch_jobs.listing(session)] == ["1"]


def test_a_run_that_the_template_has_no_place_for_is_named(
    database: Database, fake: FakeSlurm, caplog: pytest.LogCaptureFixture
) -> None:
    make.submit(database)
    large = make.submit(database, devices=4)
    follower = submitter(database, template="#!/bin/bash\n#SBATCH --gres=gpu:1\n")
    follower.round()
    follower.round()
    assert fake.states() == {"1": "PENDING"}
    assert caplog.text.count(f"run {large} needs 4 devices") == 1


def test_jobs_that_train_nothing_are_submitted_ever_more_slowly(
    database: Database, fake: FakeSlurm, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(2):
        make.submit(database)
    follower = submitter(database)
    clock = follower._clock
    assert isinstance(clock, Clock)
    for first in (1, 3):
        follower.round()
        fake.set(str(first), "GONE")
        fake.set(str(first + 1), "GONE")
    follower.round()
    assert "the last 4 jobs trained no epoch" in caplog.text
    assert len(fake.states()) == 4, "the next one waits"
    clock.now += 121
    follower.round()
    assert len(fake.states()) == 5, "and comes alone"
    # One that trains sets the count back.
    claim = make.claim(database)
    make.heartbeat(database, "w", job="5")
    make.record(database, claim, 1)
    with database.write() as session:
        claims.requeue(session, claim)
    fake.set("5", "GONE")
    follower.round()
    assert [fake.states()[number] for number in "67"] == ["PENDING"] * 2


def test_what_slurm_refuses_is_its_own_words(database: Database, fake: FakeSlurm) -> None:
    make.submit(database)
    follower = submitter(database)
    fake.refuse("sbatch: error: QOSMaxSubmitJobPerUserLimit")
    with pytest.raises(SlurmError, match="QOSMaxSubmitJobPerUserLimit"):
        follower.round()
    fake.refuse("")
    follower.round()
    fake.away("slurm_load_jobs error: Unable to contact slurm controller")
    with pytest.raises(SlurmError, match="Unable to contact"):
        follower.round()
    fake.away("")
    follower.round()
    assert fake.states() == {"1": "PENDING"}


def test_the_loop_outlives_trouble(
    database: Database, fake: FakeSlurm, caplog: pytest.LogCaptureFixture
) -> None:
    make.submit(database)
    follower = submitter(database)

    class Rounds:
        """Three rounds; after the first one the controller answers again."""

        left = 3

        def is_set(self) -> bool:
            return self.left == 0

        def wait(self, seconds: float) -> None:
            assert seconds == 30.0
            self.left -= 1
            if self.left == 2:
                fake.away("")

    fake.away("slurm_load_jobs error: Unable to contact slurm controller")
    with caplog.at_level(logging.INFO):
        follower.work(Rounds())  # type: ignore[arg-type]
    assert "Unable to contact slurm controller; trying again in 30 s" in caplog.text
    assert fake.states() == {"1": "PENDING"}
