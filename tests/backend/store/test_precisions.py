"""A run's precision is settled once, and for a whole experiment."""

from __future__ import annotations

from typing import Any

from backend.store import claims, experiments, precisions, recorder
from backend.store.claims import Claim
from backend.store.database import Database
from backend.store.tables import Run
from ols.spec.sweep import Sweep
from tests.support import factories as make


def settle(database: Database, claim: Claim, wish: str) -> str | None:
    with database.write() as session:
        return precisions.settle(session, claim, wish)


def sweep(database: Database, **spec: Any) -> None:
    grid = {"spec": {"epochs": 3, **spec}, "grid": {"method": ["hard", "ols"]}}
    with database.write() as session:
        experiments.submit(session, Sweep.parse(grid))


def test_a_run_keeps_what_its_first_attempt_took(database: Database) -> None:
    make.submit(database)
    first = make.claim(database)
    assert settle(database, first, "bf16") == "bf16"
    with database.write() as session:
        assert claims.requeue(session, first)
    second = make.claim(database)
    assert settle(database, first, "fp32") is None, "the run is another attempt's now"
    assert settle(database, second, "fp32") == "bf16"
    make.submit(database)
    assert settle(database, make.claim(database), "fp32") == "fp32", "of itself alone"


def test_the_runs_of_an_experiment_take_the_same(database: Database) -> None:
    sweep(database)
    sweep(database)
    taken = [settle(database, make.claim(database), wish) for wish in ("bf16", "fp32", "fp32")]
    assert taken == ["bf16", "bf16", "fp32"], "the third is another experiment's"


def test_what_a_gpu_took_binds_no_cpu(database: Database) -> None:
    sweep(database)
    claim = make.claim(database)
    with database.write() as session:
        recorder.record_info(session, claim, make.info())
        run = session.get_one(Run, claim.run_id)
        run.info = {**run.info, "device": "cuda:0", "precision": "bf16"}
    assert settle(database, make.claim(database), "fp32") == "fp32"
