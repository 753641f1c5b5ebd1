"""Which jobs are submitted and cancelled, for every kind of queue."""

from __future__ import annotations

import pytest

from backend.cli.slurm.plan import Plan, plan
from backend.store.batch_jobs import SeenJob, Waiting


def jobs(**states: str) -> list[SeenJob]:
    """`j1="PENDING 2"`: state and devices."""
    return [
        SeenJob(number, int(words.split()[1]), words.split()[0], "Priority")
        for number, words in states.items()
    ]


def runs(*devices: int) -> list[Waiting]:
    """Run 1 and so on, by the devices that each needs."""
    return [Waiting(number, wanted) for number, wanted in enumerate(devices, 1)]


def test_each_queued_run_gets_a_job_of_its_size_but_never_more_than_may_be() -> None:
    assert plan(runs(1, 2, 1, 1), [], {}, 3) == Plan(submit=runs(1, 2, 1))
    assert plan(runs(1), jobs(a="RUNNING 1", b="RUNNING 1"), {"a": 0, "b": 0}, 2) == Plan()


def test_a_pending_job_is_for_the_first_run_of_its_size() -> None:
    made = plan(runs(1, 2, 2), jobs(a="PENDING 2", b="PENDING 1"), {}, 8)
    assert made.runs == {"b": 1, "a": 2}
    assert made.submit == [Waiting(3, 2)]
    assert made.cancel == []


def test_when_the_queue_empties_pending_jobs_go_and_running_ones_stay() -> None:
    made = plan([], jobs(a="PENDING 1", b="RUNNING 1", c="CONFIGURING 1"), {}, 8)
    assert made == Plan(cancel=["a"])


def test_a_pending_job_of_another_size_makes_room() -> None:
    full = jobs(a="PENDING 1", b="PENDING 1")
    assert plan(runs(2), full, {}, 2) == Plan(cancel=["a", "b"])
    assert plan(runs(2), [], {}, 2) == Plan(submit=runs(2))


@pytest.mark.parametrize(
    ("free", "submitted"),
    [({}, 1), ({"a": 2}, 1), ({"a": 1}, 2), ({"a": 0}, 3)],
)
def test_a_running_job_takes_what_fits_its_free_devices(
    free: dict[str, int], submitted: int
) -> None:
    # {}: its worker has not reported yet, so it comes with all that the job has.
    made = plan(runs(1, 1, 1), jobs(a="RUNNING 2"), free, 8)
    assert len(made.submit) == submitted


def test_a_job_that_ends_takes_no_run_but_a_place_for_it_may_be_requeued() -> None:
    ending = jobs(a="COMPLETING 1")
    assert plan(runs(1), ending, {}, 1) == Plan()
    assert plan(runs(1), ending, {}, 2) == Plan(submit=runs(1))
