"""What an older version recorded is there after the migrations, and can be added to."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, select

from backend.matrix import frames
from backend.store import (
    class_facts,
    matrices,
    matrix_rows,
    metrics,
    observatory,
    recorder,
    reliability,
    runs,
    samples,
)
from backend.store import (
    database as module,
)
from backend.store.database import Database
from backend.store.errors import NotFound, SchemaMismatch
from backend.store.experiments import listing as experiments
from backend.store.listing import RunQuery
from backend.store.tables import Base, RunField, RunMetric
from ols.training.epoch_report import ClassSamples
from tests.backend.store import old_lab
from tests.support import factories as make


@pytest.fixture
def empty_url(tmp_path: Path) -> str:
    """The address of a database without tables."""
    return f"sqlite:///{tmp_path / 'old.sqlite3'}"


@pytest.fixture
def old(empty_url: str) -> Iterator[Database]:
    """An old lab's database, migrated."""
    old_lab.make(empty_url)
    with pytest.raises(SchemaMismatch, match=f"is at migration {old_lab.REVISION}"):
        module.connect(empty_url, check=True)
    module.migrate(empty_url)
    database = module.connect(empty_url, check=True)
    yield database
    database.dispose()


def test_an_old_database_has_the_tables_of_a_new_one(old: Database) -> None:
    with old.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_frames_recorded_before_bands_keep_their_values_and_versions(old: Database) -> None:
    with old.read() as session:
        for kind, (version, codes) in old_lab.FRAMES.items():
            frame = matrices.frame(session, 1, kind, 1)
            assert frame.version == version
            np.testing.assert_array_equal(frame.decode(), frames.from_codes(codes, frame.codec))
            stored = matrices.versions(session, 1, kind)
            strip = matrix_rows.rows(session, 1, kind, stored, [3, 97])
            np.testing.assert_array_equal(strip[0], frame.decode()[[3, 97]])


def test_runs_from_before_experiments_can_be_filtered(old: Database) -> None:
    with old.read() as session:
        fields = session.scalars(select(RunField).where(RunField.run_id == old_lab.RUNS))
        found = {row.path: (row.text, row.number) for row in fields}
        assert session.scalar(select(func.count()).select_from(RunField)) == 4 * old_lab.RUNS
        metric = session.scalars(select(RunMetric).where(RunMetric.run_id == old_lab.RUNS)).one()
        assert session.scalar(select(func.count()).select_from(RunMetric)) == old_lab.RUNS + 1
        assert experiments(session) == []
    assert found == {
        "method.name": ("ols", None),
        "method.alpha": ("0.5", 0.5),
        "dataset.name": ("digits", None),
        "epochs": ("1", 1.0),
    }
    assert (metric.name, metric.last, metric.best) == ("val_top1", 0.25, 0.5)


def test_what_stood_only_in_the_old_columns_is_sorted_by(empty_url: str) -> None:
    """Migration 0015 takes the columns away; a run without its entry gets it from them."""
    old_lab.make(empty_url)
    early = module.connect(empty_url)
    with early.engine.execution_options(ols_write=True).begin() as connection:
        connection.execute(
            sa.text("UPDATE runs SET summary = '{}', val_top1_best = 0.75 WHERE id = 9")
        )
    early.dispose()
    module.migrate(empty_url)
    database = module.connect(empty_url, check=True)
    with database.read() as session:
        page, _ = runs.listing(session, RunQuery(sort="-val_top1.best", limit=2))
    database.dispose()
    assert page[0]["id"] == 9


def test_the_best_rank_correlation_of_an_old_run_is_its_highest(old: Database) -> None:
    with old.read() as session:
        summary = runs.get(session, 2)["summary"]
        assert summary["soft_rank_confusion"] == {"last": 0.4, "best": 0.7, "best_epoch": 2}
        assert summary["val_top1"] == old_lab.SUMMARY["val_top1"]
        asked = select(RunMetric.best).where(
            RunMetric.run_id == 2, RunMetric.name == "soft_rank_confusion"
        )
        assert session.scalar(asked) == 0.7


def test_what_an_old_run_did_not_record_is_absent(old: Database) -> None:
    with old.read() as session:
        assert metrics.series(session, 1)["values"] == {"val_top1": [0.5], "val_loss": [None]}
        assert metrics.warnings(session, 1) == [{"epoch": 1, "message": "late"}]
        assert reliability.diagrams(session, 1)["epochs"] == []
        facts = class_facts.get(session, 1)
        assert (facts.labelled, facts.train_size(0), facts.corrupted_share(0)) == ((), None, None)
        detail = observatory.class_detail(session, 1, 3, None)
        assert (detail["name"], detail["corrupted_share"]) == ("c3", None)
        with pytest.raises(NotFound, match="no sample images"):
            samples.facts(session, 1, facts)


def test_an_old_database_takes_new_runs_with_all_they_record(old: Database) -> None:
    run_id = make.submit(old)
    assert run_id == old_lab.RUNS + 1
    held = make.claim(old)
    with old.write() as session:
        recorder.record_info(session, held, make.info(2))
        recorder.record_samples(session, held, ClassSamples(1, 8, (b"one", b"two")))
    make.record(old, held, 1, k=2)
    with old.read() as session:
        found = samples.facts(session, run_id, class_facts.get(session, run_id))
        assert samples.picture(session, found, 1) == b"two"
        assert matrices.frame(session, run_id, "soft_labels", 1).shape == (2, 2)
