"""The Celery process: light, and without torch."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.lab import Lab
from tests.support.processes import ROOT
from tests.support.waiting import PATIENCE, wait_until
from worker import health


def test_the_celery_process_loads_no_torch(tmp_path: Path) -> None:
    code = (
        "import sys, worker.app, worker.runtime, worker.supervisor; "
        "assert 'ols.nudge' in worker.app.app.tasks; "
        "heavy = {'torch', 'torchvision', 'sklearn', 'fastapi'} & set(sys.modules); "
        "assert not heavy, heavy"
    )
    subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        check=True,
        env=os.environ | {"OLS_DATA_DIR": str(tmp_path)},
    )


def test_a_worker_refuses_a_database_without_tables(tmp_path: Path) -> None:
    """It must not look alive while it can't record anything."""
    worker = subprocess.run(
        [sys.executable, "-m", "celery", "-A", "worker.app", "worker"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        env=os.environ | {"OLS_DATA_DIR": str(tmp_path), "OLS_DATABASE_URL": ""},
    )
    assert worker.returncode == 1
    assert "Run `python -m backend migrate`." in worker.stderr


def test_an_idle_worker_is_healthy_and_stops_on_ctrl_c(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(health, "settings", lambda: lab.config)
    assert health.main() == 1
    process = lab.start_worker()
    wait_until(lambda: health.main() == 0, otherwise=lab.log.read_text)
    process.send_signal(signal.SIGINT)
    assert process.wait(PATIENCE) == 1, "Celery's status after Ctrl-C"
    assert health.main() == 1, "it said goodbye"
    assert "Traceback" not in lab.log.read_text()
