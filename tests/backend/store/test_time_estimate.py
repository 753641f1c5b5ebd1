"""One estimate of time: epochs, what a run takes beside them, and how many run at once."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from statistics import median
from typing import Any

import pytest
from sqlalchemy import update

from backend.store import experiments, runs
from backend.store.database import Database
from backend.store.tables import Epoch, Run
from backend.store.time_estimate import LOOKED_AT, estimate, estimate_sweep, seconds_left
from ols.spec.sweep import Sweep, expand
from tests.support import factories as make

START, AN_EPOCH, END = 10.0, 1.0, 2.0  # seconds
EPOCHS = 3
A_RUN = START + EPOCHS * AN_EPOCH + END
GRID = {"spec": {"method": "ols", "epochs": EPOCHS}, "grid": {"seed": list(range(6))}}


def recorded(database: Database, **values: float) -> int:
    """A finished run whose start took START seconds and each epoch AN_EPOCH."""
    run_id = make.submit(database, epochs=EPOCHS, **values)
    claim = make.claim(database)
    make.record(database, claim, *range(1, EPOCHS + 1), epochs=EPOCHS, epoch_seconds=AN_EPOCH)
    with database.write() as session:
        begun = session.get_one(Run, run_id).started_at
        assert begun is not None
        for epoch in range(1, EPOCHS + 1):
            at = begun + timedelta(seconds=START + epoch * AN_EPOCH)
            this = (Epoch.run_id == run_id, Epoch.epoch == epoch)
            session.execute(update(Epoch).where(*this).values(recorded_at=at))
        ended = begun + timedelta(seconds=A_RUN)
        over = {"state": "finished", "finished_at": ended, "eta_seconds": None}
        session.execute(update(Run).where(Run.id == run_id).values(**over))
    return run_id


def test_a_sweep_of_short_runs_counts_what_each_takes_to_start(database: Database) -> None:
    for _ in range(3):
        recorded(database)
    specs = expand(Sweep.parse(GRID)).specs
    with database.read() as session:
        one, based_on = estimate(session, specs[0])
        sweep = estimate_sweep(session, specs)
    assert (one, based_on) == (pytest.approx(A_RUN), 3)
    assert sweep.seconds == pytest.approx(6 * A_RUN), "within 1.5 of the truth, far above 6 epochs"
    assert (sweep.at_once, sweep.based_on) == (1, 3)


@pytest.mark.parametrize(("parallel", "at_once", "rounds"), [(None, 4, 2), (3, 3, 2), (1, 1, 6)])
def test_slots_and_the_cap_shorten_a_sweep(
    database: Database, parallel: int | None, at_once: int, rounds: int
) -> None:
    recorded(database)
    make.heartbeat(database, "w", devices=("cpu",) * 4)
    with database.read() as session:
        sweep = estimate_sweep(session, expand(Sweep.parse(GRID)).specs, parallel)
    assert sweep.at_once == at_once
    assert sweep.seconds == pytest.approx(rounds * A_RUN)


def test_form_queue_and_experiment_say_the_same(database: Database) -> None:
    recorded(database)
    make.heartbeat(database, "w", devices=("cpu",))
    with database.write() as session:
        experiment = experiments.submit(session, Sweep.parse(GRID)).id
        ids = experiments.run_ids(session, experiment)
    with database.read() as session:
        starts = [run["expected_start_seconds"] for run in runs.get_many(session, ids)]
        left = seconds_left(session, experiment, None)
    assert starts == pytest.approx([n * A_RUN for n in range(6)])
    assert left == pytest.approx(6 * A_RUN)


def test_what_no_run_has_taught_is_not_told(database: Database) -> None:
    recorded(database)
    unlike = expand(Sweep.parse({**GRID, "spec": {"method": "ols", "dataset": "glyphs"}})).specs
    with database.read() as session:
        assert estimate(session, unlike[0]) == (None, 0)
        assert estimate_sweep(session, unlike).seconds is None


def test_after_three_runs_real_runs_take_what_was_promised_within_a_factor_of_1_5(
    database: Database,
) -> None:
    """Their set-up, the slow first epochs and the final test in the last one included."""
    lab = json.loads(Path(__file__).with_name("recorded_times.json").read_text())
    factors = []
    for number, run in enumerate(lab["runs"]):
        values = {"method": run["method"], "dataset": "cifar10", "epochs": 25}
        with database.read() as session:
            promised, based_on = estimate(session, make.spec(**values))
        assert based_on == min(number, LOOKED_AT)
        if number >= 3:
            assert promised is not None
            factors.append(promised / run["ended"])
        replay(database, run, values)
    assert 1 / 1.5 < min(factors) <= max(factors) < 1.5, factors
    assert 0.9 < median(factors) < 1.3, factors


def replay(database: Database, run: dict[str, Any], values: dict[str, Any]) -> None:
    """A finished run with these times."""
    run_id = make.submit(database, **values)
    claim = make.claim(database)
    for epoch, _, seconds in run["epochs"]:
        make.set_columns(database, run_id, epoch=epoch - 1)  # those between say nothing more
        make.record(database, claim, epoch, epochs=25, epoch_seconds=seconds)
    with database.write() as session:
        begun = session.get_one(Run, run_id).started_at
        assert begun is not None
        for epoch, at, _ in run["epochs"]:
            this = (Epoch.run_id == run_id, Epoch.epoch == epoch)
            recorded_at = begun + timedelta(seconds=at)
            session.execute(update(Epoch).where(*this).values(recorded_at=recorded_at))
        ended = begun + timedelta(seconds=run["ended"])
        over = {"state": "finished", "finished_at": ended, "eta_seconds": None}
        session.execute(update(Run).where(Run.id == run_id).values(**over))


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_short_runs_are_judged_by_the_clock_too(database: Database, epochs: int) -> None:
    """Their last epoch holds a final test of two seconds."""
    run = {
        "epochs": [
            [epoch, 5.0 + epoch + 2 * (epoch == epochs), 1.0 + 2 * (epoch == epochs)]
            for epoch in range(1, epochs + 1)
        ],
        "ended": 5.0 + epochs + 3,
    }
    replay(database, run, {"epochs": epochs})
    with database.read() as session:
        seconds, _ = estimate(session, make.spec(epochs=epochs))
    assert seconds == pytest.approx(run["ended"])
