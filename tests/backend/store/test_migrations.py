from __future__ import annotations

import re
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from backend.store import database as module
from backend.store.database import Database
from backend.store.tables import Base
from tests.backend.store.old_lab import FOLDER


def test_migrations_lead_to_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_fields_and_metrics_are_stored_in_their_keys(database: Database) -> None:
    with database.engine.connect() as connection:
        for name in ("run_fields", "run_metrics"):
            query = text("SELECT sql FROM sqlite_master WHERE name = :name")
            assert "WITHOUT ROWID" in connection.scalar(query, {"name": name})


def test_the_code_knows_the_newest_migration() -> None:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    script = ScriptDirectory.from_config(config)
    assert script.get_heads() == [module.REVISION]
    revisions = [r.revision for r in script.walk_revisions()]
    assert revisions == sorted(revisions, reverse=True), "revisions must sort as strings"


@pytest.mark.parametrize("path", sorted(FOLDER.rglob("*.py")), ids=lambda path: path.name)
def test_no_absolute_paths(path: Path) -> None:
    assert not re.search(r"""["'](/|[A-Z]:\\)""", path.read_text())
