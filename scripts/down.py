"""`make down`: stops what `make up` or `make demo` started on this data folder."""

from __future__ import annotations

import sys

import psutil

from backend.settings import settings
from scripts.services import running_instance


def main() -> int:
    """0 also when nothing ran."""
    process = running_instance(settings())
    if process is None:
        print("Nothing is running on this data folder.")
        return 0
    process.terminate()
    try:
        process.wait(timeout=12)
    except psutil.TimeoutExpired:
        print(f"Process {process.pid} does not stop; look at the logs folder.", file=sys.stderr)
        return 1
    print("Stopped.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
