"""The outbox: one row for each event, in the transaction in which it happens."""

from __future__ import annotations

from contextlib import suppress

import pytest
from sqlalchemy import insert, select

from backend.store import claims, leases, logged_runs, notices, requests
from backend.store.database import Database
from backend.store.tables import Notice
from tests.support import factories as make


def outbox(database: Database, *, held: bool = False) -> list[tuple[str, int | None]]:
    """Kind and run of each notice."""
    with database.read() as session:
        rows = select(Notice).where(Notice.held.is_(held)).order_by(Notice.id)
        return [(row.kind, row.run_id) for row in session.scalars(rows)]


@pytest.mark.parametrize(
    ("state", "kinds"),
    [("finished", ["finished"]), ("failed", ["failed"]), ("cancelled", []), ("paused", [])],
)
def test_an_end_writes_one_notice_unless_a_user_asked_for_it(
    database: Database, state: str, kinds: list[str]
) -> None:
    run_id = make.run_in(database, state)
    assert outbox(database) == [(kind, run_id) for kind in kinds]


def test_a_run_whose_loss_is_not_finite_diverged(database: Database) -> None:
    make.submit(database)
    claim = make.claim(database)
    with database.write() as session:
        claims.fail(session, claim, "diverged", "the loss is not finite")
    assert outbox(database) == [("diverged", claim.run_id)]


def test_training_pays_one_insert(database: Database) -> None:
    make.submit(database)
    claim = make.claim(database)
    with make.counted(database) as statements, database.write() as session:
        claims.finish(session, claim)
    assert sum("INSERT INTO notices" in each for each in statements) == 1
    others = [each for each in statements if "INSERT INTO notices" not in each]
    assert [each.split()[0] for each in others if "advisory" not in each] == [
        "UPDATE",  # the run
        "UPDATE",  # its attempt
        "INSERT",  # the event
    ]


def test_what_is_rolled_back_tells_nobody(database: Database) -> None:
    make.submit(database)
    claim = make.claim(database)
    with suppress(RuntimeError), database.write() as session:
        claims.finish(session, claim)
        raise RuntimeError
    assert outbox(database) == []


def test_editing_a_run_that_has_ended_tells_nobody_again(database: Database) -> None:
    run_id = make.run_in(database, "finished")
    with database.write() as session:
        requests.rename(session, run_id, "another name")
        requests.tag(session, run_id, ["t"])
    assert outbox(database) == [("finished", run_id)]


def test_a_lost_lease_is_told_unless_the_user_wished_the_run_away(database: Database) -> None:
    kept, unwanted = make.run_in(database, "running"), make.run_in(database, "running")
    with database.write() as session:
        requests.cancel(session, unwanted)
    with database.write() as session:
        for run_id, lease in leases.held_leases(session).items():
            assert leases.expire(session, run_id, lease)
    assert outbox(database) == [("stale", kept)]


@pytest.mark.parametrize("state", ["finished", "failed"])
def test_a_logged_run_is_told_of_once(database: Database, state: str) -> None:
    with database.write() as session:
        kind = {"epochs": 0, "method": "", "dataset": "", "model": ""}
        run_id, _ = logged_runs.begin(session, stale_seconds=60, **kind)
    for _ in range(2):
        with database.write() as session:
            logged_runs.finish(session, run_id, state, None, 60)
    assert outbox(database) == [(state, run_id)]


def test_old_notices_go(database: Database) -> None:
    make.run_in(database, "finished")
    with database.write() as session:
        row = {"kind": "finished", "data": {}, "created_at": make.STARTED}
        session.execute(insert(Notice), [row])
        notices.prune(session)
    assert len(outbox(database)) == 1
