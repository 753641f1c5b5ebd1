"""Kills of our own processes: the trainer, the worker, the web process."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable

import psutil

from tests.kills.ground import LEASE, SPEC, Ground
from tests.support.processes import all_end
from tests.support.waiting import PATIENCE

Check = Callable[..., None]


def test_a_killed_trainer_goes_on_from_its_checkpoint(
    ground: Ground, as_if_undisturbed: Check
) -> None:
    worker = ground.start_worker()
    run_id = ground.submit()
    for epoch in (3, 12):
        ground.until_epoch(run_id, epoch)
        ground.trainer_of(worker).kill()
        ground.wait(run_id, lambda run: run["state"] == "running")
    ground.until_final(run_id)
    as_if_undisturbed(ground, run_id)
    assert [attempt["outcome"] for attempt in ground.attempts(run_id)] == [
        "crashed",
        "crashed",
        "finished",
    ]
    assert ground.config.log_path(run_id).read_text().count("resumed after epoch") == 2


def test_a_killed_worker_leaves_its_run_to_the_other(
    ground: Ground, as_if_undisturbed: Check
) -> None:
    ground.start_worker()
    ground.start_worker()
    run_id = ground.submit()
    ground.until_epoch(run_id, 3)
    worker = ground.holder(run_id)
    trainer = ground.trainer_of(worker)
    worker.kill()
    worker.wait()
    killed = time.monotonic()
    recorded = ground.run(run_id)["progress"]["epoch"]
    assert all_end([trainer]), "the orphan ends itself"
    ground.wait(run_id, lambda run: run["attempt"] == 2)
    assert time.monotonic() - killed > LEASE / 2, "the lease held until then"
    assert ground.attempts(run_id)[0]["last_epoch"] == recorded, "the orphan wrote nothing more"
    ground.until_final(run_id)
    as_if_undisturbed(ground, run_id)


def test_a_worker_that_wakes_up_too_late_writes_nothing(
    ground: Ground, as_if_undisturbed: Check
) -> None:
    """Frozen for longer than its lease, with a trainer that trains on: both are fenced off."""
    for _ in range(2):
        ground.start_worker()
    run_id = ground.submit()
    ground.until_epoch(run_id, 3)
    frozen = ground.holder(run_id)
    trainer = ground.trainer_of(frozen)
    ground.freeze(frozen)
    ground.wait(run_id, lambda run: run["attempt"] == 2)
    os.kill(frozen.pid, signal.SIGCONT)
    assert all_end([trainer]), "the worker learns that it lost the run, and ends its trainer"
    ground.until_final(run_id)
    as_if_undisturbed(ground, run_id)
    assert [attempt["outcome"] for attempt in ground.attempts(run_id)] == ["lost", "finished"]


def test_a_worker_told_to_stop_hands_its_run_over_at_once(
    ground: Ground, as_if_undisturbed: Check
) -> None:
    first = ground.start_worker()
    run_id = ground.submit()
    ground.until_epoch(run_id, 3)
    ground.start_worker()
    first.terminate()
    assert first.wait(PATIENCE) == 0
    ground.until_final(run_id)
    as_if_undisturbed(ground, run_id)
    assert [attempt["outcome"] for attempt in ground.attempts(run_id)] == [
        "handed back",
        "finished",
    ]


def test_a_killed_web_process_loses_no_accepted_run(
    ground: Ground, as_if_undisturbed: Check
) -> None:
    ground.start_worker()
    web = ground.start_web()
    accepted = [web.post("/api/runs", json={"spec": SPEC}).json()["id"] for _ in range(2)]
    assert ground.web is not None
    os.kill(ground.web.pid, signal.SIGKILL)
    ground.web.wait()
    ground.until_epoch(accepted[0], 3)
    web = ground.start_web()
    assert {run["id"] for run in web.get("/api/runs").json()["runs"]} == set(accepted)
    ground.until_final(*accepted)
    as_if_undisturbed(ground, *accepted)
    assert not [p for p in psutil.process_iter() if p.ppid() == ground.web.pid]


def test_a_run_whose_machine_is_gone_is_cancelled_deleted_and_restored(ground: Ground) -> None:
    """Trainer and worker killed at once, and no other worker: the web process ends the lease."""
    web = ground.start_web()
    worker = ground.start_worker()
    run_id = ground.submit()
    ground.until_epoch(run_id, 2)
    trainer = ground.trainer_of(worker)
    for process in (worker, trainer):
        process.kill()
    assert web.delete(f"/api/runs/{run_id}").status_code == 409, "it may still train, for a lease"
    asked = web.post(f"/api/runs/{run_id}/cancel")
    assert (asked.status_code, asked.json()["cancel_requested"]) == (200, True)
    ground.wait(run_id, lambda run: run["state"] == "cancelled")
    recorded = ground.run(run_id)["progress"]["epoch"]
    assert web.delete(f"/api/runs/{run_id}").status_code == 204
    assert web.get(f"/api/runs/{run_id}").status_code == 404
    assert web.post(f"/api/runs/{run_id}/restore").json()["state"] == "cancelled"
    again = web.post(f"/api/runs/{run_id}/retry").json()
    assert (again["state"], again["progress"]["epoch"]) == ("queued", recorded)
    assert ground.attempts(run_id)[0]["outcome"] == "lost"
