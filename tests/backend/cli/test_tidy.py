"""`python -m backend tidy`: what was deleted goes, the file shrinks, an older file is rewritten."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from backend.cli import checks
from backend.cli.tidy import tidy
from backend.core.settings import Settings
from backend.store import disk_space, workers
from backend.store.database import Database
from tests.backend.store.test_disk_space import old_file
from tests.support import factories as make


def test_what_was_deleted_goes_without_a_worker(
    config: Settings, database: Database, capsys: pytest.CaptureFixture[str]
) -> None:
    run_id = make.trained(database)
    long_ago = datetime.now(UTC) - timedelta(minutes=11)
    make.set_columns(database, run_id, deleted_at=long_ago)
    assert tidy(config) == 0
    assert "1 deleted run removed for good." in capsys.readouterr().out


def test_an_older_file_waits_for_the_workers_to_stop(
    config: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(checks, "MUCH_FREE", 2**20)
    path = config.data_dir / "ols.sqlite3"
    path.unlink()
    database = old_file(path)
    [finding] = checks._space(database)
    assert finding.level == "warning"
    assert "python -m backend tidy" in finding.advice
    make.heartbeat(database, "busy")
    assert tidy(config) == 1
    assert "Stop the workers first" in capsys.readouterr().err
    with database.write() as session:
        workers.stopped(session, "busy")
    assert tidy(config) == 0
    used = disk_space.usage(database)
    assert used is not None
    assert (used.free, used.shrinks) == (0, True)
    [finding] = checks._space(database)
    assert finding.level == "ok"
    database.dispose()


def test_a_missing_database_is_a_sentence(
    config: Settings, capsys: pytest.CaptureFixture[str]
) -> None:
    (config.data_dir / "ols.sqlite3").unlink()
    assert tidy(config) == 1
    assert "python -m backend migrate" in capsys.readouterr().err
