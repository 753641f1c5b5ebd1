"""A lab in a folder of its own, whose one worker trains what is queued and leaves."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from backend.core.settings import Settings
from backend.store.database import Database, connect, migrate

IDLE = 6  # seconds without a run after which the worker leaves


class SmallLab:
    """Slots with one thread each, at the lowest priority of the system."""

    def __init__(self, folder: Path, slots: int = 1) -> None:
        self.slots = slots
        self.config = Settings(_env_file=None, data_dir=folder)
        migrate(self.config.resolved_database_url)
        self.database: Database = connect(self.config.resolved_database_url)

    def train(self) -> None:
        """Returns when nothing is left to train."""
        settings = {"OLS_CPU_SLOTS": str(self.slots), "OLS_TRAINER_THREADS": "1"}
        settings |= {"OLS_DATA_DIR": str(self.config.data_dir), "OLS_DATABASE_URL": ""}
        command: Sequence[str] = ("-m", "worker", "--once", "--idle", str(IDLE))
        subprocess.run(
            ["nice", "-n", "19", sys.executable, *command], env=os.environ | settings, check=True
        )
