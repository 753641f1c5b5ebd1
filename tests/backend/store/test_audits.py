"""Audits and label sets in the database: what is stored comes back, on every database."""

from __future__ import annotations

import numpy as np
import pytest

from backend.store import audits, label_sets, matrices, recorder
from backend.store.database import Database
from backend.store.errors import NotFound, Unfit
from backend.store.tables import Run
from ols.spec.audit_scores import SCORE_NAMES
from tests.support import factories as make


def test_columns_pictures_and_joints_come_back(database: Database) -> None:
    told = make.audit()
    told.columns["aum"] = told.columns["aum"].copy()
    told.columns["aum"][3] = np.nan
    run_id = make.audited(database, told)
    with database.read() as session:
        facts = audits.facts(session, run_id)
        columns = audits.columns(session, run_id)
        drawn = audits.drawn(session, run_id)
        picture = audits.picture(session, run_id, 7)
        kinds = [item["kind"] for item in matrices.listing(session, run_id)]
        with pytest.raises(NotFound, match="no picture of training image 39"):
            audits.picture(session, run_id, 39)
    assert (facts.samples, facts.size, facts.truth) == (40, 28, True)
    assert facts.rates == dict.fromkeys(SCORE_NAMES, 0.2)
    assert columns.keys() == told.columns.keys()
    for name, column in told.columns.items():
        np.testing.assert_array_equal(columns[name], column)
    assert (drawn, picture) == (set(range(10)), b"picture 7")
    assert {audits.joint_kind(name) for name in SCORE_NAMES} <= set(kinds)


def test_a_deleted_run_takes_its_audit_along(database: Database) -> None:
    run_id = make.audited(database)
    with database.write() as session:
        session.delete(session.get_one(Run, run_id))
    with database.read() as session:
        assert audits.columns(session, run_id) == {}
        assert audits.drawn(session, run_id) == set()


def test_numbers_that_are_none_become_null(database: Database) -> None:
    told = make.audit()
    told.cuts["aum"] = float("nan")
    run_id = make.audited(database, told)
    with database.read() as session:
        assert audits.facts(session, run_id).cuts["aum"] is None


def test_versions_of_a_label_set_are_kept(database: Database) -> None:
    with database.write() as session:
        one = label_sets.put(session, "mended", "digits", {7: 2, 3: None}, "Ada")
        two = label_sets.put(session, "mended", "digits", {7: 1}, "Bob")
    with database.read() as session:
        assert label_sets.get(session, "mended", 1) == one
        assert label_sets.get(session, "mended") == two
        assert label_sets.decided(session, "mended", 1) == {7: 2, 3: None}
        assert [each["version"] for each in label_sets.listing(session)] == [2]
        (pinned,) = label_sets.pinned(session, [make.spec(labels={"set": "mended"})])
        assert (pinned.labels.version, pinned.labels.hash) == (2, two["hash"])
        named = make.spec(labels={"set": "mended", "version": 1})
        (older,) = label_sets.pinned(session, [named])
        assert older.labels.hash == one["hash"]
        wrong = make.spec(labels={"set": "mended", "version": 1, "hash": "0" * 16})
        with pytest.raises(Unfit, match="another hash"):
            label_sets.pinned(session, [wrong])


def test_a_sweep_on_a_label_set_asks_once_for_its_version(database: Database) -> None:
    with database.write() as session:
        label_sets.put(session, "mended", "digits", {7: 2}, "Ada")
    specs = [make.spec(labels={"set": "mended"}, seed=seed) for seed in range(20)]
    with make.counted(database) as statements, database.read() as session:
        assert {spec.labels.version for spec in label_sets.pinned(session, specs)} == {1}
    assert len(statements) == 1
    assert "decisions" not in statements[0]


def test_an_audit_that_is_recorded_twice_is_there_once(database: Database) -> None:
    make.submit(database)
    claim = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, claim, make.info())
        recorder.record_audit(session, claim, make.audit(seed=1))
        recorder.record_audit(session, claim, make.audit(seed=2))
    with database.read() as session:
        aum = audits.columns(session, claim.run_id)["aum"]
    np.testing.assert_array_equal(aum, make.audit(seed=2).columns["aum"])
