"""What a worker might still write after its run was given to another: everything it ever writes.

A worker that was stopped and continues tries one of them, whichever comes first. Here an older
attempt tries each, while its successor trains.
"""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from backend.store import claims, recorder
from backend.store.claims import Claim
from backend.store.database import Database
from ols.training.epoch_report import Progress
from tests.support import factories as make

LEASE = 30.0
Write = Callable[[Session, Claim], object]

# The answer of each where the fence holds. Epoch 1 is there, so its values would be replaced.
REFUSED: dict[str, tuple[Write, object]] = {
    "a renewal": (lambda s, c: claims.renew(s, c, LEASE), "lost"),
    "progress": (lambda s, c: recorder.record_progress(s, c, PROGRESS, LEASE), "lost"),
    "the run's facts": (lambda s, c: recorder.record_info(s, c, make.info(10)), "lost"),
    "an epoch": (lambda s, c: recorder.record_epoch(s, c, make.report(1, 10), LEASE), "lost"),
    "the end": (recorder.finish, False),
    "a step back": (recorder.step_back, False),
    "a failure": (lambda s, c: claims.fail(s, c, "crash", "late"), False),
    "a crash": (lambda s, c: claims.crashed(s, c, "crash", "late"), False),
    "a cancel": (claims.cancelled, False),
    "a pause": (claims.paused, False),
    "a hand-over": (claims.requeue, False),
}
PROGRESS = Progress("training", 1, 24, 1, 5, images_per_second=1.0, eta_seconds=None)


class _UndoneError(Exception):
    """Ends a transaction without a trace."""


def accepted(database: Database, run_id: int, attempt: int) -> list[str]:
    """Which writes of this attempt, whose run another holds, go through; none of them stays."""
    claim = make.held(run_id, attempt)
    return [
        what
        for what, (write, refused) in REFUSED.items()
        if _try(database, write, claim) != refused
    ]


def _try(database: Database, write: Write, claim: Claim) -> object:
    answer: object = None
    try:
        with database.write() as session:
            answer = write(session, claim)
            raise _UndoneError
    except _UndoneError:
        return answer
