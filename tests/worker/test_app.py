"""The Celery process: light, and without torch."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.worker.conftest import ROOT


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
