"""A transaction that nobody continues does not hold up the lab for ever."""

from __future__ import annotations

from contextlib import ExitStack

import pytest
from sqlalchemy import text, update
from sqlalchemy.exc import DBAPIError

from backend.store import database as databases
from backend.store import runs
from backend.store.database import Database, connect
from backend.store.tables import Run
from tests.support import factories


def test_what_a_stopped_process_has_locked_becomes_free(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = factories.submit(database)
    monkeypatch.setattr(databases, "IDLE_SECONDS", 1)
    stopped = connect(database.url.render_as_string(hide_password=False))
    rename = update(Run).where(Run.id == run)
    transaction = ExitStack()
    transaction.enter_context(stopped.write()).execute(rename.values(name="stopped"))
    with database.write() as session:
        session.execute(text("SET LOCAL lock_timeout = '60s'"))
        session.execute(rename.values(name="awake"))
    with pytest.raises(DBAPIError):
        transaction.close()
    with database.read() as session:
        assert runs.get(session, run)["name"] == "awake"
    with stopped.write() as session:  # once it is awake, with a new connection
        session.execute(rename.values(name="awake again"))
    stopped.dispose()
