"""What a run left behind says about its attempts: where each began, what each trained and wrote."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import select

from backend.store.tables import Event
from tests.kills.ground import Ground

_LINE = re.compile(
    r"run \d+, attempt (?P<attempt>\d+): loading|(?P<scratch>from scratch) on |"
    r"resumed after epoch (?P<resumed>\d+) on |^\S+ \S+ epoch (?P<epoch>\d+)/",
    re.MULTILINE,
)


@dataclass
class Trained:
    """What a run's log tells: the epoch after which each attempt began, and the epochs trained."""

    began_after: dict[int, int]
    epochs: int

    @property
    def spared(self) -> int:
        """Epochs that were resumed from instead of trained again."""
        return sum(self.began_after.values())


def trained(ground: Ground, run_id: int) -> Trained:
    """Read from the log of all the run's attempts."""
    result = Trained({}, 0)
    attempt = 0
    for match in _LINE.finditer(ground.config.log_path(run_id).read_text()):
        if match["attempt"]:
            attempt = int(match["attempt"])
        elif match["epoch"]:
            result.epochs += 1
        else:
            result.began_after.setdefault(attempt, int(match["resumed"] or 0))
    return result


def resume_faults(ground: Ground, run_id: int) -> list[str]:
    """An attempt begins after the last recorded epoch, or the one before.

    An epoch is recorded first and its checkpoint written next: a kill between the two costs that
    epoch. One more may have been trained and not recorded. Anything else that is trained twice is
    a checkpoint that was not used.
    """
    log = trained(ground, run_id)
    attempts = ground.attempts(run_id)
    faults = []
    for attempt in attempts:
        recorded = attempt["first_epoch"] - 1
        began = log.began_after.get(attempt["attempt"], recorded)
        if not max(0, recorded - 1) <= began <= recorded:
            faults.append(
                f"run {run_id}, attempt {attempt['attempt']} began after epoch {began}, "
                f"though {recorded} epochs were recorded"
            )
    epochs = ground.run(run_id)["spec"]["epochs"]
    most = epochs + 2 * (len(attempts) - 1)
    if not epochs <= log.epochs <= most:
        faults.append(
            f"run {run_id} trained {log.epochs} epochs in {len(attempts)} attempts; "
            f"{epochs} to {most} are right"
        )
    return faults


def fence_faults(ground: Ground, run_id: int) -> list[str]:
    """No epoch was recorded by an attempt after the next one had begun."""
    query = select(Event.kind, Event.data).where(Event.run_id == run_id).order_by(Event.id)
    with ground.database.read() as session:
        events = session.execute(query).all()
    newest, faults = 0, []
    for kind, data in events:
        if kind == "state":
            newest = max(newest, data["attempt"])
        elif kind == "epoch" and data["attempt"] != newest:
            faults.append(
                f"epoch {data['epoch']} of run {run_id} was recorded by attempt {data['attempt']} "
                f"after attempt {newest} had begun"
            )
    return faults
