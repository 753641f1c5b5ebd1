"""The store's tests once more, on a private PostgreSQL cluster.

They are the same functions: only the `database` fixture differs.
"""

from __future__ import annotations

import pytest
from sqlalchemy import text

from backend.store.database import Database, connect, migrate

# Imported names that start with test_ are collected here too.
from tests.backend.store.test_attempts import *  # noqa: F403
from tests.backend.store.test_audits import *  # noqa: F403
from tests.backend.store.test_batch_jobs import *  # noqa: F403
from tests.backend.store.test_confused import *  # noqa: F403
from tests.backend.store.test_events import *  # noqa: F403
from tests.backend.store.test_folding import *  # noqa: F403
from tests.backend.store.test_forecast import *  # noqa: F403
from tests.backend.store.test_forks import *  # noqa: F403
from tests.backend.store.test_logged_points import *  # noqa: F403
from tests.backend.store.test_migrations import test_migrations_lead_to_the_models  # noqa: F401
from tests.backend.store.test_old_databases import *  # noqa: F403
from tests.backend.store.test_people import *  # noqa: F403
from tests.backend.store.test_purge import *  # noqa: F403
from tests.backend.store.test_recorder import *  # noqa: F403
from tests.backend.store.test_runs import *  # noqa: F403
from tests.backend.store.test_store_queries import *  # noqa: F403
from tests.backend.store.test_transitions import *  # noqa: F403
from tests.backend.store.test_workers import *  # noqa: F403


def test_migrating_again_changes_nothing(cluster: str) -> None:
    migrate(cluster)
    connect(cluster, check=True).dispose()


def test_a_reader_cannot_write(database: Database) -> None:
    with database.read() as session, pytest.raises(Exception, match="read-only"):
        session.execute(text("DELETE FROM runs"))
