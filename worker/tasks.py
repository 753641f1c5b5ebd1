"""The one task: a nudge says that something is queued, and a slot trains while something fits."""

from __future__ import annotations

import logging
import math
from dataclasses import replace

from sqlalchemy.orm import Session

from backend.core.celery_queue import nudge
from backend.core.code_version import code_version, words
from backend.core.logs import about
from backend.core.storage import storage_problem
from backend.store import claims
from backend.store.claims import Claim
from backend.store.time_estimate import Work, learn
from ols.errors import SpecError
from ols.spec.run_spec import RunSpec
from worker import searching
from worker.machine.slots import Slot
from worker.runtime import Runtime, runtime
from worker.supervisor import Supervisor

log = logging.getLogger("ols.worker")


def train_what_is_queued(*content: object, **named: object) -> None:
    """Trains queued runs, one after the other, while this worker's free slots hold the next one.

    Harmless when nudged too often: without a free slot or a run that fits it ends at once. A nudge
    says nothing more than that; whatever else comes with it is ignored.
    """
    if content or named:
        log.warning("a nudge came with content, which this worker ignores; it looks at the queue")
    train(runtime())


def train(shared: Runtime) -> None:
    """The same for the worker whose state this is."""
    while not shared.stop.is_set():
        with shared.slots.take(lambda free: _claim(shared, free)) as taken:
            if taken is None:
                return
            claim, slots = taken
            supervisor = Supervisor(
                shared.config, shared.database, claim, shared.stop, shared.forks, shared.limit
            )
            supervisor.supervise(slots, shared.slots.started)
        if claim.search is not None and searching.available() and not shared.stop.is_set():
            searching.step(shared.database, claim.search)  # its next run, which this slot may take
        # This thread trains one run; the other slots that are free now need threads too.
        for _ in slots[1:] if shared.broker else ():
            nudge(shared.config)


def _claim(shared: Runtime, free: list[Slot]) -> Claim | None:
    """The first run that this worker can read; the others go back, and wait for another worker.

    None, too, while nothing can be written here: the janitor tells the lab why. And where the
    worker's time does not hold the run's next epoch, which goes back to the queue.
    """
    if shared.limit.over:
        return None
    if problem := storage_problem(shared.config.data_dir):
        log.error("worker %s claims nothing: %s", shared.name, problem.text)
        return None
    while True:
        with shared.database.write() as session:
            claim = claims.claim_next(
                session,
                worker=shared.name,
                slot=free[0].index,
                lease_seconds=shared.config.lease_seconds,
                free=len(free),
                most=shared.slots.devices,
                passed_over=shared.unreadable,
            )
            if claim is None:
                return None
            fault = _unreadable(claim)
            if not fault:
                short = _short_of_time(shared, session, claim)
                if short:
                    claims.requeue(session, claim, short)
                return None if short else claim
            claims.requeue(session, claim, fault)
        # Once is enough for this process: what it does not know it will not learn.
        shared.unreadable.add(claim.run_id)
        with about(run=claim.run_id):
            log.error(
                "run %d goes back to the queue; this worker passes it over. %s", claim.run_id, fault
            )


def _short_of_time(shared: Runtime, session: Session, claim: Claim) -> str:
    """Why the worker's time does not hold the run's next epoch; without a limit nobody is asked."""
    if shared.limit.end is None:
        return ""
    seconds = _until_an_epoch(session, claim)
    if shared.limit.room_for(seconds):
        return ""
    left = shared.limit.left
    return f"Its next epoch takes about {seconds:.0f} s; this worker has {left:.0f} s left."


def _until_an_epoch(session: Session, claim: Claim) -> float:
    """Seconds until the run has trained one epoch more; 0 where no run like it is known."""
    one = replace(Work.of_spec(claim.spec), epochs=1)
    seconds = learn(session, [one.kind]).seconds(one)
    return seconds if math.isfinite(seconds) else 0.0


def _unreadable(claim: Claim) -> str:
    """Why the spec, which the server accepted, is not valid here; empty: it is.

    Then the server runs other code. To fail the run would blame its author.
    """
    try:
        RunSpec.parse(claim.spec)
    except SpecError as error:
        return (
            f"This worker ({words(code_version())}) does not know its settings ({error}): it and "
            "the server run different versions. Update the older one and restart it."
        )
    return ""
