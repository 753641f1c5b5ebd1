"""Runs that load the same data at the same moment store its sample images once."""

from __future__ import annotations

from sqlalchemy import func, select

from backend.store import samples
from backend.store.database import Database
from backend.store.tables import SampleRow, SampleSet
from backend.store.upsert import insert_new
from ols.training.epoch_report import ClassSamples
from tests.support import factories as make


def test_the_second_of_two_changes_nothing(database: Database) -> None:
    spec = make.spec().model_dump(mode="json")
    for text in (b"first", b"second"):
        found = ClassSamples(per_class=1, size=8, rows=(text,) * 3)
        with database.write() as session:
            samples.record(session, spec, ["a", "b", "c"], found)
    with database.read() as session:
        assert set(session.scalars(select(SampleRow.data))) == {b"first"}
        assert session.scalar(select(func.count()).select_from(SampleSet)) == 1


def test_a_new_row_says_whether_it_was_new(database: Database) -> None:
    row = {"key": "k", "version": "v", "classes": ["a"], "per_class": 1, "size": 8}
    with database.write() as session:
        assert insert_new(session, SampleSet, row)
        assert not insert_new(session, SampleSet, row | {"version": "w"})
