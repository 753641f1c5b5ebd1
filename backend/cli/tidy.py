"""`python -m backend tidy`: removes deleted runs for good and gives their bytes back to the disk.

The workers' janitors do the same each minute; this is for a lab without one, and for the database
file of an older version, which has to be rewritten once.
"""

from __future__ import annotations

import sqlite3
import sys

from backend.analysis.formats import plural, size
from backend.core.settings import Settings
from backend.store import disk_space, workers
from backend.store.database import Database, connect
from backend.store.errors import SchemaMismatch, Unreachable
from backend.store.purge import purge_deleted


def tidy(config: Settings) -> int:
    """Says what it did; 1 where it could not, with what to do."""
    try:
        database = connect(config.resolved_database_url, check=True)
        removed = purge_deleted(database, config)
        print(f"{plural(len(removed), 'deleted run')} removed for good.")
        return _shrink(database)
    except (SchemaMismatch, Unreachable, OSError) as error:
        print(error, file=sys.stderr)
    except sqlite3.OperationalError as error:
        print(f"{error}: stop the services, then try again.", file=sys.stderr)
    return 1


def _shrink(database: Database) -> int:
    before = disk_space.usage(database)
    if before is None:
        print("PostgreSQL uses what is free itself; VACUUM FULL gives it back to the disk.")
        return 0
    if before.shrinks:
        disk_space.give_back(database)
    elif _online(database):
        said = "Stop the workers first: nothing can be recorded while the file is rewritten."
        print(said, file=sys.stderr)
        return 1
    else:
        disk_space.rewrite(database)
    if after := disk_space.usage(database):
        print(f"{database.file}: {size(before.file)} before, {size(after.file)} now.")
    return 0


def _online(database: Database) -> int:
    with database.read() as session:
        return workers.online_count(session)
