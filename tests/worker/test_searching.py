"""Searches: each setting is proposed once, by whoever comes first; what does badly is paused."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from backend.core.actor import Actor, Role, acting
from backend.core.run_actions import Action
from backend.core.run_states import RunState
from backend.store import claims, experiments, requests, search_standing, searches
from backend.store.claims import Claim
from backend.store.database import Database
from backend.store.errors import Conflict
from backend.store.tables import Run, Trial
from ols.spec.sweep import Sweep
from tests.support import factories as make
from worker import searching

ALPHA = {"method.alpha": {"low": 0.0, "high": 1.0}}


def new(database: Database, runs: int | None = 6, slots: int = 2, **sweep: Any) -> int:
    """A search over alpha, and a worker with so many slots."""
    body: dict[str, Any] = {
        "spec": {"method": "ols", "dataset": "digits", "epochs": 9},
        "grid": ALPHA,
        "search": "tpe",
    }
    if runs is not None:
        body["budget"] = {"runs": runs}
    make.heartbeat(database, "w", ["cpu"] * slots)
    with database.write() as session:
        return experiments.submit(session, Sweep.parse(body | sweep)).id


def standing(database: Database, search: int) -> search_standing.Standing:
    with database.read() as session:
        return search_standing.standing(session, search)


def trials(database: Database, search: int) -> list[search_standing.TrialRow]:
    return standing(database, search).trials


def train(database: Database, claim: Claim, upto: int = 9, value: float | None = None) -> None:
    """Its epochs and, where it is the last, its end; the accuracy is 1 - |alpha - 0.3|."""
    alpha = claim.spec["method"]["alpha"]
    top1 = 1 - abs(alpha - 0.3) if value is None else value
    make.record(
        database,
        claim,
        *range(claim.epoch + 1, upto + 1),
        epochs=claim.spec["epochs"],
        val_top1=top1,
    )
    if upto == claim.spec["epochs"]:
        with database.write() as session:
            assert claims.finish(session, claim)


def claim(database: Database) -> Claim | None:
    with database.write() as session:
        return claims.claim_next(session, worker="w", slot=0, lease_seconds=30)


def drain(database: Database, search: int, learn: Callable[..., None] = train) -> None:
    """Trains whatever the search proposes, until it proposes nothing more."""
    while True:
        searching.step(database, search)
        held = claim(database)
        if held is None:
            return
        learn(database, held)


def test_it_proposes_as_many_runs_as_there_are_slots_and_ends_with_its_budget(
    database: Database,
) -> None:
    search = new(database, runs=6, slots=2)
    assert searching.step(database, search) == 2
    assert searching.step(database, search) is None, "both slots have a run"
    held = claim(database)
    assert held is not None
    assert held.search == search
    train(database, held)
    assert searching.step(database, search) == 1
    drain(database, search)
    rows = trials(database, search)
    assert [row.number for row in rows] == [1, 2, 3, 4, 5, 6]
    assert {row.state for row in rows} == {"complete"}
    assert standing(database, search).closed
    with database.read() as session:
        assert search_standing.unfinished(session) == []


def test_the_same_history_gives_the_same_settings(database: Database) -> None:
    first, second = new(database, runs=12, slots=1), new(database, runs=12, slots=1)
    for search in (first, second):
        drain(database, search)
    alphas = [[row.combination for row in trials(database, search)] for search in (first, second)]
    assert alphas[0] == alphas[1]
    assert len({row["method.alpha"] for row in alphas[0]}) == 12


def test_a_cap_of_runs_at_once_holds_for_proposals(database: Database) -> None:
    search = new(database, slots=4)
    with database.write() as session:
        experiments.edit(session, search, {"parallel": 1})
    assert searching.step(database, search) == 1
    assert searching.step(database, search) is None


@pytest.mark.parametrize("at_once", [2, 8])
def test_several_janitors_propose_no_setting_twice(database: Database, at_once: int) -> None:
    search = new(database, runs=24, slots=24)
    barrier = threading.Barrier(at_once)

    def look(_: int) -> int:
        janitor = searching.Searches(database)
        barrier.wait()
        return sum(janitor.look() for _ in range(3))

    with ThreadPoolExecutor(at_once) as pool:
        queued = sum(pool.map(look, range(at_once)))
    with database.read() as session:
        runs = session.scalar(select(func.count()).where(Run.experiment_id == search))
        rows = session.scalar(select(func.count()).where(Trial.experiment_id == search))
    assert (queued, runs, rows) == (24, 24, 24)


def test_what_was_decided_on_an_older_state_is_not_stored(database: Database) -> None:
    search = new(database)
    before = standing(database, search)
    decisions = searching._decisions(before)
    assert decisions is not None
    assert len(decisions.proposed) == 2
    assert searching.step(database, search) == 2
    with database.write() as session:
        assert searches.decide(session, before, decisions) is None
    assert len(trials(database, search)) == 2


def test_a_setting_is_the_mean_over_its_seeds(database: Database) -> None:
    search = new(database, runs=6, slots=1, objective={"metric": "val_top1", "seeds": 3})
    assert searching.step(database, search) == 3
    for value in (0.2, 0.4, 0.9):
        (row,) = trials(database, search)
        assert row.value(standing(database, search).sweep) is None, "one of three is missing"
        held = claim(database)
        assert held is not None
        train(database, held, value=value)
    (row,) = trials(database, search)
    assert sorted(run.seed for run in row.runs) == [0, 1, 2]
    assert row.value(standing(database, search).sweep) == pytest.approx(0.5)
    assert searching.step(database, search) == 3


def test_asha_pauses_what_does_badly_and_a_revived_run_is_left_alone(database: Database) -> None:
    search = new(database, runs=4, slots=4, pruner="asha")
    assert searching.step(database, search) == 4
    for value in (0.9, 0.8, 0.7, 0.2):  # the first is compared with nobody
        held = claim(database)
        assert held is not None
        train(database, held, upto=1, value=value)
        searching.step(database, search)
        asked = value != 0.9
        with database.read() as session:
            assert session.get_one(Run, held.run_id).pause_requested is asked
        if asked:
            with database.write() as session:
                assert claims.paused(session, held)
    rows = trials(database, search)
    assert [row.state for row in rows] == ["open", "pruned", "pruned", "pruned"]
    assert [row.pruned_at for row in rows] == [None, 1, 1, 1]
    assert rows[1].value(standing(database, search).sweep) == pytest.approx(0.8)

    with database.write() as session:
        requests.resume(session, rows[3].runs[0].id)
    held = claim(database)
    assert held is not None
    train(database, held, value=0.3)
    searching.step(database, search)
    assert trials(database, search)[3].state == "complete"


@pytest.mark.parametrize(("at", "given_up"), [("last", [False, True]), ("best", [False, False])])
def test_asha_compares_what_the_objective_counts(
    database: Database, at: str, given_up: list[bool]
) -> None:
    """Of two the second was the better one, and is the worse one by now."""
    goal = {"metric": "val_top1", "at": at}
    halving = {"first_epoch": 3, "factor": 2}
    search = new(database, 2, pruner="asha", objective=goal, halving=halving)
    searching.step(database, search)
    for early, late in ((0.7, 0.6), (0.8, 0.5)):
        held = claim(database)
        assert held is not None
        train(database, held, upto=2, value=early)
        train(database, replace(held, epoch=2), upto=3, value=late)
        searching.step(database, search)
    assert [row.pruned_at == 3 for row in trials(database, search)] == given_up


def test_resuming_the_experiment_revives_nothing_that_was_given_up(database: Database) -> None:
    search = new(database, runs=2, slots=2, pruner="asha")
    searching.step(database, search)
    held = [claim(database), claim(database)]
    for one, value in zip(held, (0.9, 0.1), strict=True):
        assert one is not None
        train(database, one, upto=1, value=value)
        searching.step(database, search)
    with database.write() as session:
        assert held[1] is not None
        claims.paused(session, held[1])
        experiments.act(session, search, Action.PAUSE)
        assert held[0] is not None
        claims.paused(session, held[0])
    assert standing(database, search).stopped
    with database.write() as session:
        was = experiments.act(session, search, Action.RESUME)
    assert list(was) == [held[0].run_id]
    assert not standing(database, search).stopped


def test_a_stopped_search_proposes_nothing_until_it_is_resumed(database: Database) -> None:
    search = new(database)
    with database.write() as session:
        searches.stop(session, search)
    assert searching.step(database, search) is None
    with database.write() as session:
        searches.resume(session, search)
    assert searching.step(database, search) == 2


def test_cancelling_the_experiment_brings_no_new_runs(database: Database) -> None:
    search = new(database)
    searching.step(database, search)
    with database.write() as session:
        assert len(experiments.act(session, search, Action.CANCEL)) == 2
    assert searching.step(database, search) is None
    assert len(trials(database, search)) == 2


def test_trials_are_added_to_a_search_that_has_ended(database: Database) -> None:
    search = new(database, runs=2)
    drain(database, search)
    assert standing(database, search).closed
    with database.write() as session:
        searches.add_trials(session, search, 3)
    drain(database, search)
    assert len(trials(database, search)) == 5


def test_a_grid_ends_with_its_combinations_and_has_no_more(database: Database) -> None:
    grid = {"method": ["hard", "ols"], "method.alpha": [0.3, 0.6]}
    spec = {"dataset": "digits", "epochs": 9}
    search = new(database, None, search="grid", pruner="asha", grid=grid, spec=spec)

    def learn(database: Database, held: Claim) -> None:
        make.record(database, held, *range(1, 10), epochs=9, val_top1=0.5)
        with database.write() as session:
            claims.finish(session, held)

    drain(database, search, learn)
    assert [row.combination for row in trials(database, search)] == [
        {"method": "hard"},
        {"method": "ols", "method.alpha": 0.3},
        {"method": "ols", "method.alpha": 0.6},
    ]
    with database.write() as session, pytest.raises(Conflict, match="All combinations"):
        searches.add_trials(session, search, 1)


def test_a_search_whose_runs_all_fail_stops_and_says_so(database: Database) -> None:
    search = new(database, runs=20, slots=1)

    def learn(database: Database, held: Claim) -> None:
        with database.write() as session:
            claims.fail(session, held, "crash", "no such folder")

    drain(database, search, learn)
    assert len(trials(database, search)) == searching.FAILED
    with database.read() as session:
        found = experiments.get(session, search)["search"]
    assert found is not None
    assert found["stopped"]
    assert "failed" in (found["problem"] or "")
    with database.write() as session:
        searches.resume(session, search)
    assert searching.step(database, search) == 1, "what failed before is forgiven"


def test_hours_end_a_search(database: Database) -> None:
    search = new(database, None, budget={"hours": 1e-9})
    searching.step(database, search)
    drain(database, search)
    assert 1 <= len(trials(database, search)) <= 2
    assert standing(database, search).closed


def test_the_fields_are_weighed_once_enough_settings_have_ended(database: Database) -> None:
    grid = ALPHA | {"optimizer.lr": {"low": 0.01, "high": 0.1, "log": True}}
    search = new(database, runs=12, slots=1, grid=grid)
    drain(database, search)
    with database.read() as session:
        importance = search_standing.importance(session, search)
    assert importance is not None
    assert importance["of"] == 12
    assert importance["shares"]["method.alpha"] > importance["shares"]["optimizer.lr"]


def test_its_runs_belong_to_whoever_asked_for_it(database: Database) -> None:
    with acting(Actor("ada", Role.MEMBER)):
        search = new(database)
    searching.step(database, search)
    with database.read() as session:
        owners = session.scalars(select(Run.owner).where(Run.experiment_id == search)).all()
    assert owners == ["ada", "ada"]


def test_a_deleted_run_costs_its_setting_and_nothing_else(database: Database) -> None:
    search = new(database, runs=3, slots=1)
    searching.step(database, search)
    held = claim(database)
    assert held is not None
    train(database, held)
    with database.write() as session:
        requests.delete(session, held.run_id)
    drain(database, search)
    assert [row.state for row in trials(database, search)] == ["deleted", "complete", "complete"]


def test_a_worker_without_the_extra_says_so_once(
    database: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(searching, "available", lambda: False)
    search = new(database)
    janitor = searching.Searches(database)
    assert [janitor.look(), janitor.look()] == [0, 0]
    assert [record.levelname for record in caplog.records] == ["WARNING"]
    assert "ols-lab[search]" in caplog.text
    assert trials(database, search) == []


def test_a_search_that_rests_is_not_read_again(database: Database) -> None:
    search = new(database)
    janitor = searching.Searches(database)
    assert janitor.look() == 2
    janitor.look()
    with make.counted(database) as statements:
        assert janitor.look() == 0
    assert not [one for one in statements if "runs.summary" in one]
    run_id = trials(database, search)[0].runs[0].id
    make.set_columns(database, run_id, state=RunState.FINISHED, epoch=9)
    assert janitor.look() == 1
