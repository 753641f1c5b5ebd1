"""What a process knows of the Slurm job that it runs in."""

from __future__ import annotations

from pathlib import Path

import pytest

from backend.core.slurm_job import job_end, job_number
from tests.support.pretended import pretend

VARIABLES = ("JOB_ID", "ARRAY_JOB_ID", "ARRAY_TASK_ID", "JOB_END_TIME")


@pytest.fixture(autouse=True)
def outside(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests may themselves run in a job."""
    for name in VARIABLES:
        monkeypatch.delenv(f"SLURM_{name}", raising=False)


def test_outside_a_job_there_is_nothing_to_know() -> None:
    assert job_number() is None
    assert job_end() is None


def test_a_job_of_an_array_is_called_as_squeue_calls_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "14")
    assert job_number() == "14"
    monkeypatch.setenv("SLURM_ARRAY_JOB_ID", "12")
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    assert job_number() == "12_3"


def test_newer_slurm_says_the_end_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_END_TIME", "1796050650")
    assert job_end() == 1796050650.0


@pytest.mark.parametrize(
    ("script", "end"),
    [
        # As 22.05 answers, whatever the time zones of node and controller.
        (
            '[ "$SLURM_TIME_FORMAT $4" = "%s 12" ] && echo "A=1 EndTime=1796050650 B=2"',
            1796050650.0,
        ),
        ("echo JobId=12 EndTime=Unknown", None),  # no limit
        ("echo slurm_load_jobs error >&2; exit 1", None),
    ],
)
def test_older_slurm_is_asked_for_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, script: str, end: float | None
) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "12")
    pretend(monkeypatch, tmp_path / "bin", scontrol=script)
    assert job_end() == end
