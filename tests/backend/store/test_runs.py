from __future__ import annotations

from typing import Any

import pytest

from backend.store import requests, runs
from backend.store.database import Database
from backend.store.errors import BadCursor, NotFound
from backend.store.listing import SORTS, RunQuery
from backend.store.run_index import index_summary
from backend.store.tables import RunMetric
from tests.support import factories as make


def ids(database: Database, **filters: Any) -> list[int]:
    with database.read() as session:
        return [run["id"] for run in runs.listing(session, RunQuery(**filters))[0]]


def walk(database: Database, **filters: Any) -> list[int]:
    """All pages, one after the other."""
    found: list[int] = []
    cursor: str | None = None
    while True:
        with database.read() as session:
            page, cursor = runs.listing(session, RunQuery(cursor=cursor, **filters))
        found += [run["id"] for run in page]
        if cursor is None:
            return found


def test_filters_choose_runs(database: Database) -> None:
    plain = make.submit(database, name="100% alpha_beta", tags=["x", "y"])
    glyphs = make.submit(database, dataset="glyphs", tags=["x"])
    hard = make.submit(database, method="hard")
    with database.write() as session:
        requests.pause(session, hard)
        runs.edit(session, hard, {"notes": "Seen on Tuesday"})
    assert ids(database) == [hard, glyphs, plain]
    assert ids(database, states=("paused", "failed")) == [hard]
    assert ids(database, methods=("ols",)) == [glyphs, plain]
    assert ids(database, datasets=("glyphs",)) == [glyphs]
    assert ids(database, tags=("x",)) == [glyphs, plain]
    assert ids(database, tags=("y", "z")) == [plain]
    assert ids(database, q="tuesday") == [hard]
    assert ids(database, q="A_B") == [plain], "a wildcard is searched as itself"
    assert ids(database, q="0%") == [plain]
    assert ids(database, q="y") == [hard, glyphs, plain]
    assert ids(database, q=f"#{glyphs}") == [glyphs]
    assert ids(database, methods=("hard",), datasets=("glyphs",)) == []


def test_archived_and_deleted_runs_leave_the_list(database: Database) -> None:
    kept, archived, deleted = (make.submit(database) for _ in range(3))
    with database.write() as session:
        runs.edit(session, archived, {"archived": True})
        requests.delete(session, deleted)
    assert ids(database) == [kept]
    assert ids(database, archived=True) == [archived]
    assert ids(database, archived=None) == [archived, kept]
    with database.read() as session:
        assert runs.counts(session)["queued"] == 2
        for query in (runs.get, runs.require):
            with pytest.raises(NotFound):
                query(session, deleted)


def test_pinned_runs_are_found_by_their_index(database: Database) -> None:
    pinned, other = make.submit(database), make.submit(database)
    with database.write() as session:
        requests.pin(session, pinned)
    assert [ids(database, pinned=value) for value in (True, False, None)] == [
        [pinned],
        [other],
        [other, pinned],
    ]
    with make.counted(database) as statements:
        ids(database, pinned=True)
    if database.engine.dialect.name == "sqlite":
        with database.engine.connect() as connection:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statements[0]}", (9, 0))
            assert "ix_runs_pinned" in str(plan.all())
    with database.write() as session:
        requests.pin(session, pinned, pinned=False)
    assert ids(database, pinned=True) == []


@pytest.fixture
def mixed(database: Database) -> list[int]:
    """Runs with equal and missing sort values."""
    found = []
    for i in range(11):
        method = ("ols", "hard")[i % 2]
        run_id = make.submit(database, name=f"n{i % 4}", method=method, epochs=5 + i % 3)
        found.append(run_id)
        if i % 3:
            with database.write() as session:
                entry = {"last": 0.1 * i, "best": (i % 4) / 3}
                index_summary(session, run_id, {"val_top1": entry})
    return found


FIELDS = (
    *("spec.epochs", "spec.method.name", "spec.method.alpha"),
    *("val_top1.best", "val_top1.last", "val_ece.last"),
)
SIGNED = [sign + name for name in SORTS for sign in ("", "-")]


@pytest.mark.parametrize("sort", SIGNED + [sign + name for name in FIELDS for sign in ("", "-")])
def test_pages_in_every_order_hold_each_run_once(
    database: Database, mixed: list[int], sort: str
) -> None:
    whole = ids(database, sort=sort)
    assert sorted(whole) == mixed
    assert walk(database, sort=sort, limit=3) == whole
    assert walk(database, sort=sort, limit=1) == whole


@pytest.mark.parametrize("sort", SIGNED)
def test_columns_are_sorted_with_nulls_last(
    database: Database, mixed: list[int], sort: str
) -> None:
    whole = ids(database, sort=sort)
    with database.read() as session:
        values = [
            getattr(row, SORTS[sort.removeprefix("-")].key)
            for row in sorted(session.query(runs.Run).all(), key=lambda row: whole.index(row.id))
        ]
    known = [value for value in values if value is not None]
    assert known == sorted(known, reverse=sort.startswith("-"))
    assert values[: len(known)] == known, "nulls come last"


@pytest.mark.parametrize(
    "cursor",
    ["x", "é", "====", "W10", "WyItaWQiXQ", "WyItaWQiLDEsIngiXQ", "bnVsbA", "WyJuYW1lIiwxLDFd"],
)
def test_a_cursor_from_elsewhere_is_refused(database: Database, cursor: str) -> None:
    make.submit(database)
    with pytest.raises(BadCursor):
        ids(database, cursor=cursor)


def test_a_new_run_does_not_shift_the_next_page(database: Database) -> None:
    made = [make.submit(database) for _ in range(4)]
    with database.read() as session:
        page, cursor = runs.listing(session, RunQuery(limit=2))
    make.submit(database)
    assert [run["id"] for run in page] == made[:1:-1]
    assert ids(database, limit=2, cursor=cursor) == made[1::-1]


def test_a_list_takes_five_queries_whatever_its_length(database: Database) -> None:
    counts = []
    for _ in range(3):
        for _ in range(5):
            make.submit(database, tags=["a", "b"])
        with make.counted(database) as statements, database.read() as session:
            page, _ = runs.listing(session, RunQuery(limit=100))
        counts.append(len(statements))
        assert [run["queue_position"] for run in page] == list(range(len(page), 0, -1))
    assert counts == [5, 5, 5]


def test_a_list_leaves_out_what_is_long(database: Database) -> None:
    run_id = make.run_in(database, "failed")
    with database.read() as session:
        [listed], _ = runs.listing(session, RunQuery())
        whole = runs.get(session, run_id)
    long = {"classes", "superclasses", "preset_changes", "key", "better", "forks", "job"}
    assert set(whole) - set(listed) == long
    assert set(whole["error"]) - set(listed["error"]) == {"log_tail"}
    del whole["error"]["log_tail"]
    assert listed == {name: value for name, value in whole.items() if name not in long}


def test_tags_are_replaced_as_a_whole(database: Database) -> None:
    run_id = make.submit(database, tags=["a", "b"])
    with database.write() as session:
        runs.edit(session, run_id, {"tags": ["c", "a", "c"], "name": "n"})
        assert runs.get(session, run_id)["tags"] == ["a", "c"]
        assert runs.all_tags(session) == ["a", "c"]
        runs.edit(session, run_id, {"tags": []})
        assert runs.get(session, run_id)["tags"] == []
        with pytest.raises(NotFound):
            runs.edit(session, 999, {"name": "n"})


def test_many_runs_keep_the_order_asked_for(database: Database) -> None:
    made = [make.submit(database) for _ in range(3)]
    with database.read() as session:
        assert [run["id"] for run in runs.get_many(session, made[::-1])] == made[::-1]
        with pytest.raises(NotFound, match="999"):
            runs.get_many(session, [made[0], 999])


@pytest.mark.parametrize("sort", ["val_top1.best", "-val_top1.best", "-val_top1.last"])
def test_metrics_are_sorted_with_nulls_last(
    database: Database, mixed: list[int], sort: str
) -> None:
    which = sort.rpartition(".")[2]
    with database.read() as session:
        entries = {entry.run_id: getattr(entry, which) for entry in session.query(RunMetric)}
    values = [entries.get(run_id) for run_id in ids(database, sort=sort)]
    known = [value for value in values if value is not None]
    assert 0 < len(known) < len(mixed)
    assert known == sorted(known, reverse=sort.startswith("-"))
    assert values[: len(known)] == known, "nulls come last"
