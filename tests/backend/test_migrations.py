from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import select, text

from backend.store import database as module
from backend.store import frames, matrices
from backend.store.database import Database
from backend.store.matrix_records import CODECS
from backend.store.tables import Base, RunField

BEFORE_BANDS = "0003"
FOLDER = Path(module.__file__).parent / "migrations"


def test_migrations_lead_to_the_models(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


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


def test_frames_recorded_before_bands_keep_their_values_and_versions(tmp_path: Path) -> None:
    database = module.connect(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    run_id = _at_the_migration_before_bands(database)
    module.migrate(f"sqlite:///{tmp_path / 'old.sqlite3'}")
    with database.read() as session:
        for kind, (version, values) in OLD_FRAMES.items():
            frame = matrices.frame(session, run_id, kind, 1)
            assert frame.version == version
            np.testing.assert_array_equal(frame.decode(), frames.from_codes(values, frame.codec))
    database.dispose()


_CODES = np.random.default_rng(0).integers(0, 65536, (100, 100))
OLD_FRAMES = {
    "soft_labels": ("old1", _CODES.astype(np.uint16)),
    "confusion": ("old2", _CODES.astype(np.uint32)),
}
OLD_SPEC = {"method": {"name": "ols", "alpha": 0.5}, "epochs": 1}


def _at_the_migration_before_bands(database: Database) -> int:
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE_BANDS)
        run = "INSERT INTO runs (name, notes, archived, priority, spec, method, dataset, model, "
        run += "noise_rate, epochs, state, cancel_requested, pause_requested, attempt, stage, "
        run += "epoch, step, steps, summary, sparkline, info, created_at, queued_at) VALUES ('', "
        run += "'', 0, 0, :spec, 'ols', 'digits', 'm', 0, 1, 'finished', 0, 0, 1, '', 1, 0, 0, "
        run += "'{}', '[]', '{}', '2026-01-01', '2026-01-01')"
        connection.execute(text(run), {"spec": json.dumps(OLD_SPEC)})
        for kind, (version, codes) in OLD_FRAMES.items():
            row = {"v": version, "kind": kind, "codec": CODECS[kind], "frame": frames.pack(codes)}
            insert = "INSERT INTO matrices (run_id, kind, epoch, version, k, codec, frame) "
            connection.execute(text(insert + "VALUES (1, :kind, 1, :v, 100, :codec, :frame)"), row)
    return 1


def test_runs_from_before_experiments_can_be_filtered(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'old.sqlite3'}"
    database = module.connect(url)
    _at_the_migration_before_bands(database)
    module.migrate(url)
    with database.read() as session:
        fields = {row.path: row for row in session.scalars(select(RunField))}
    database.dispose()
    assert {path: (row.text, row.number) for path, row in fields.items()} == {
        "method.name": ("ols", None),
        "method.alpha": ("0.5", 0.5),
        "epochs": ("1", 1.0),
    }
