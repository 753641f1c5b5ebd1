"""`python -m worker.health`: 0 while a worker of this host reports to the database.

For a container's health check. It asks the database rather than Celery: what counts is that the
janitor is alive and its reports arrive.
"""

from __future__ import annotations

import socket
import sys

from backend.core.settings import settings
from backend.store import workers
from backend.store.database import connect


def main() -> int:
    """1 when no worker of this host is online."""
    database = connect(settings().resolved_database_url)
    with database.read() as session:
        reporting = workers.listing(session)
    host = socket.gethostname()
    return 0 if any(worker["online"] and worker["host"] == host for worker in reporting) else 1


if __name__ == "__main__":
    sys.exit(main())
