"""The command that starts a worker for this server's database and queue."""

from __future__ import annotations

import shlex
from pathlib import Path

from backend.settings import Settings


def worker_command(settings: Settings) -> str:
    """To be typed in the checkout; names the data folder unless it is the usual one."""
    command = ".venv/bin/celery -A worker.app worker"
    if settings.data_dir == Path("data").resolve():
        return command
    return f"OLS_DATA_DIR={shlex.quote(str(settings.data_dir))} {command}"
