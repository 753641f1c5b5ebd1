"""A search by real workers, one of which is killed: no setting is lost, none is doubled, and what
is given up has trained no epoch more."""

from __future__ import annotations

import os
import signal

import pytest

from backend.core.run_states import RunState
from backend.store import experiments, requests, search_standing
from ols.spec.sweep import Sweep
from tests.support.lab import Lab
from tests.support.waiting import wait_until

SETTINGS = 5
SWEEP = {
    "spec": {
        "method": "ols",
        "dataset": "digits",
        "epochs": 3,
        "model": {"name": "small_cnn", "width": 4},
    },
    "grid": {"method.alpha": {"low": 0, "high": 1}},
    "search": "tpe",
    "pruner": "asha",
    "budget": {"runs": SETTINGS},
}


def standing(lab: Lab, search: int) -> search_standing.Standing:
    with lab.database.read() as session:
        return search_standing.standing(session, search)


@pytest.mark.slow
def test_a_killed_worker_loses_no_setting_and_doubles_none(lab: Lab) -> None:
    with lab.database.write() as session:
        search = experiments.submit(session, Sweep.parse(SWEEP)).id
    first = lab.start_worker()
    wait_until(lambda: any(row.epoch >= 1 for row in standing(lab, search).trials))
    os.kill(first.pid, signal.SIGKILL)
    lab.start_worker()
    wait_until(lambda: standing(lab, search).closed)
    rows = standing(lab, search).trials
    assert [row.number for row in rows] == list(range(1, SETTINGS + 1))
    assert [len(row.runs) for row in rows] == [1] * SETTINGS
    assert len({str(row.combination) for row in rows}) == SETTINGS
    assert {row.state for row in rows} <= {"complete", "pruned"}
    given_up = [row for row in rows if row.state == "pruned"]
    assert all(row.epoch == row.pruned_at == 1 for row in given_up)

    if given_up:  # the luck of the seeds; tests/worker/test_searching.py has it for sure
        (run,) = given_up[0].runs
        with lab.database.write() as session:
            requests.resume(session, run.id)
        lab.wait(run.id, lambda run: run["state"] == RunState.FINISHED)
        assert [each["first_epoch"] for each in lab.attempts(run.id)][-1] == 2, (
            "from its checkpoint"
        )
