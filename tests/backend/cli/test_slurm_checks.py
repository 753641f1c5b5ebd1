"""What the doctor says inside a Slurm job."""

from __future__ import annotations

import shutil
import time
from pathlib import Path

import pytest

from backend.cli.checks import examine
from backend.cli.doctor import lines
from backend.core.settings import Settings
from backend.store.database import Database
from tests.support import factories as make


def said(config: Settings) -> str:
    return "\n".join(lines(examine(config)))


@pytest.fixture
def job(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLURM_JOB_ID", "4711")
    monkeypatch.setenv("SLURM_JOB_END_TIME", str(int(time.time()) + 3630))
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")


@pytest.mark.slow
@pytest.mark.usefixtures("job")
def test_it_tells_all_that_a_worker_needs(config: Settings, database: Database) -> None:
    run_id = make.trained(database)
    make.take_folder(config, database, run_id)
    words = said(config)
    for expected in (
        "ok   Slurm job  4711 on ",
        ", ends 20",
        f"{config.data_dir} was written to",
        "ok   slots      1: cpu: CPU, ",
        "ok   database   SQLite",
        "WARN database   SQLite serves one machine alone",
        "not needed in a job",
        "Start one: python -m worker --once",
    ):
        assert expected in words, words
    assert "holds no files" not in words
    shutil.rmtree(config.run_dir(run_id))
    assert f"holds no files of run {run_id}, which has trained" in said(config)


@pytest.mark.slow
@pytest.mark.usefixtures("job")
def test_it_names_what_is_missing(
    config: Settings, database: Database, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("SLURM_JOB_END_TIME")
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "MIG-c0ffee")
    monkeypatch.setenv("PATH", str(tmp_path))  # no scontrol
    config.data_dir = tmp_path / "not-mounted"
    words = said(config)
    for expected in (
        "WARN Slurm job  4711 on ",
        "tells no end",
        "--until END",
        f"FAIL folder     {config.data_dir} is not there",
        "FAIL slots      The worker can't start. CUDA_VISIBLE_DEVICES names MIG-c0ffee",
    ):
        assert expected in words, words


def test_outside_a_job_nothing_is_said_of_one(
    config: Settings, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SLURM_JOB_ID", raising=False)
    assert "Slurm" not in said(config)
