"""An experiment is one message, and one more where a run of it fails first."""

from __future__ import annotations

from sqlalchemy import select

from backend.store import (
    claims,
    experiment_notices,
    experiments,
    requests,
    search_standing,
    searches,
)
from backend.store.database import Database
from backend.store.tables import Notice
from ols.spec.sweep import Sweep
from tests.backend.store.test_notices import outbox
from tests.support import factories as make


def sweep(database: Database, seeds: int) -> int:
    values = {"spec": {"method": "ols"}, "grid": {"seed": list(range(seeds))}}
    with database.write() as session:
        return experiments.submit(session, Sweep.parse(values)).id


def end(database: Database, state: str) -> int:
    claim = make.claim(database)
    with database.write() as session:
        if state == "finished":
            assert claims.finish(session, claim)
        else:
            assert claims.fail(session, claim, "crash", "it crashed")
    return claim.run_id


def gather(database: Database) -> None:
    """As the watch does."""
    with database.read() as session:
        news = experiment_notices.with_news(session)
    for experiment_id in news:
        with database.write() as session:
            experiment_notices.gather(session, experiment_id)


def test_an_experiment_is_told_of_by_its_first_failure_and_its_end(database: Database) -> None:
    experiment_id = sweep(database, 60)
    end(database, "finished")
    gather(database)
    assert outbox(database) == []
    first = end(database, "failed")
    gather(database)
    for _ in range(57):
        end(database, "failed")
        gather(database)
    with database.write() as session:
        experiment_notices.gather(session, experiment_id)  # another janitor
    end(database, "finished")
    for _ in range(2):
        with database.write() as session:
            experiment_notices.gather(session, experiment_id)
    assert outbox(database) == [("failed", first), ("failed", None)]
    assert outbox(database, held=True) == []
    with database.read() as session:
        last = session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()
    assert last.data["counts"] == {"finished": 2, "failed": 58}
    assert len(last.data["failed"]) == experiment_notices.NAMED


def test_an_experiment_without_a_failure_is_told_of_once(database: Database) -> None:
    sweep(database, 3)
    for _ in range(3):
        end(database, "finished")
        gather(database)
    assert outbox(database) == [("finished", None)]


def test_an_experiment_that_its_user_cancelled_is_not_told_of(database: Database) -> None:
    experiment_id = sweep(database, 3)
    with database.write() as session:
        for run_id in experiments.run_ids(session, experiment_id):
            requests.cancel(session, run_id)
    gather(database)
    assert outbox(database) == outbox(database, held=True) == []


def search(database: Database) -> int:
    values = {
        "spec": {"method": "ols"},
        "grid": {"optimizer.lr": [0.1, 0.2, 0.3]},
        "search": "tpe",
        "budget": {"runs": 3},
    }
    with database.write() as session:
        return experiments.submit(session, Sweep.parse(values)).id


def propose(database: Database, experiment_id: int, **decisions: object) -> list[int]:
    """As a worker does."""
    with database.read() as session:
        seen = search_standing.standing(session, experiment_id)
    with database.write() as session:
        queued = searches.decide(session, seen, searches.Decisions(**decisions))  # type: ignore[arg-type]
    assert queued is not None
    return queued


def test_a_search_between_two_proposals_has_not_ended(database: Database) -> None:
    number = search(database)
    for rate in (0.1, 0.2):
        propose(database, number, proposed=[{"optimizer.lr": rate}])
        end(database, "finished")
        gather(database)
        assert outbox(database) == []
    propose(database, number, closed=True)
    gather(database)
    assert outbox(database) == [("finished", None)]


def test_runs_that_a_search_gave_up_are_waited_for_no_more(database: Database) -> None:
    number = search(database)
    propose(database, number, proposed=[{"optimizer.lr": rate} for rate in (0.1, 0.2)])
    end(database, "finished")
    propose(database, number, judged={2: (1, 1)}, closed=True)  # it pauses the second
    gather(database)
    assert outbox(database) == [("finished", None)]


def test_a_search_that_stopped_for_a_problem_failed(database: Database) -> None:
    number = search(database)
    propose(database, number, proposed=[{"optimizer.lr": 0.1}])
    end(database, "failed")
    propose(database, number, problem="all settings fail")
    gather(database)
    with database.read() as session:
        last = session.scalars(select(Notice).order_by(Notice.id.desc()).limit(1)).one()
    assert (last.kind, last.data["problem"]) == ("failed", "all settings fail")
