from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import func, select

from backend.core.settings import Settings
from backend.store.database import Database
from backend.store.purge import purge_deleted
from backend.store.tables import Base, Run
from tests.support import factories as make

LATE = timedelta(minutes=10, seconds=1)


def test_after_ten_minutes_rows_and_files_go(database: Database, tmp_path: Path) -> None:
    config = Settings(_env_file=None, data_dir=tmp_path / "data")
    ids = [make.trained(database, tags=["t"]) for _ in range(3)]
    for run_id in ids:
        make.take_folder(config, database, run_id)
        config.checkpoint_dir(run_id).mkdir()
        (config.checkpoint_dir(run_id) / "epoch-000001.pt").write_bytes(b"x")
    now = datetime.now(UTC)
    make.set_columns(database, ids[0], deleted_at=now - LATE)
    make.set_columns(database, ids[1], deleted_at=now - LATE + timedelta(seconds=30))
    assert purge_deleted(database, config) == [ids[0]]
    assert purge_deleted(database, config) == []
    assert [config.run_dir(run_id).exists() for run_id in ids] == [False, True, True]
    with database.read() as session:
        assert session.scalars(select(Run.id).order_by(Run.id)).all() == ids[1:]
        for name in ("epochs", "matrices", "events", "run_tags"):
            table = Base.metadata.tables[name]
            query = select(func.count()).where(table.c.run_id == ids[0])
            assert session.scalar(query) == 0, name
