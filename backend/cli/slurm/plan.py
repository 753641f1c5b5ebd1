"""Which jobs to submit and which to cancel: a pure function of queue and jobs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from backend.store.batch_jobs import PENDING, SeenJob, Waiting

# A job in one of these trains nothing more, but takes a place: it may be one that is requeued, and
# wait again in a moment.
ENDING = {"COMPLETING", "REQUEUED", "SIGNALING", "STAGE_OUT", "STOPPED"}


@dataclass(frozen=True)
class Plan:
    """`submit`: the runs that a job is submitted for; `cancel`: pending jobs that nothing needs;
    `runs`: pending job -> the run that it is for."""

    submit: list[Waiting] = field(default_factory=list)
    cancel: list[str] = field(default_factory=list)
    runs: dict[str, int] = field(default_factory=dict)


def plan(
    waiting: Sequence[Waiting], jobs: Sequence[SeenJob], free: Mapping[str, int], most: int
) -> Plan:
    """Each waiting run, the first one first, is left to a running job that has devices free, else
    to a pending one of its size, else it gets a job of its own while there are fewer than `most`.

    `free`: running job -> devices on which its worker can begin a run; one that has not reported
    yet has all of its own.
    """
    room = {
        job.number: free.get(job.number, job.devices)
        for job in jobs
        if job.state != PENDING and job.state not in ENDING
    }
    pending = [job for job in jobs if job.state == PENDING]
    made = Plan()
    for run in waiting:
        taker = next((number for number, devices in room.items() if devices >= run.devices), None)
        if taker is not None:
            room[taker] -= run.devices
            continue
        job = next((job for job in pending if job.devices == run.devices), None)
        if job is not None:
            pending.remove(job)
            made.runs[job.number] = run.run_id
        elif len(jobs) + len(made.submit) < most:
            made.submit.append(run)
    made.cancel.extend(job.number for job in pending)
    return made
