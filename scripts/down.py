"""`make down`: stops what `make up` or `make demo` started on this data folder."""

from __future__ import annotations

import sys
import time

import psutil

from backend.core.settings import settings
from scripts.services import running_instance

SECONDS = 12  # a little more than `make up` takes at most


def main() -> int:
    """0 also when nothing ran."""
    process = running_instance(settings())
    if process is None:
        print("Nothing is running on this data folder.")
        return 0
    process.terminate()
    if not _ends(process):
        print(f"Process {process.pid} does not stop; look at the logs folder.", file=sys.stderr)
        return 1
    print("Stopped.")
    return 0


def _ends(process: psutil.Process) -> bool:
    deadline = time.monotonic() + SECONDS
    while time.monotonic() < deadline:
        try:
            # Its parent may never ask how it ended, as in a container without an init.
            if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
                return True
        except psutil.NoSuchProcess:
            return True
        time.sleep(0.1)
    return False


if __name__ == "__main__":
    sys.exit(main())
