"""How long runs take, judged by runs that are recorded: the one estimate for the form, the sweep's
preview, the queue's forecast and an experiment's remaining time.

Runs on one dataset with one network are alike. What they teach is read off the clock: the seconds
from one epoch's record to the next, scaled by the number of training images, and those beside the
epochs: from the claim to the first epoch's begin (the trainer starts, the data is loaded), and what
the last epoch takes longer (final tests). That epoch's own seconds hold the tests too: as a pace
they promised three times what runs on CIFAR-10 took (tests/backend/store/recorded_times.json).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import Row, and_, select, union_all
from sqlalchemy.orm import Session, aliased

from backend.core.run_states import OPEN, RunSource, RunState
from backend.store import workers
from backend.store.claims import devices_of
from backend.store.tables import Epoch, Run, RunMetric
from ols.spec.metrics import EPOCH_SECONDS
from ols.spec.run_spec import RunSpec

# The newest runs of a kind. Of 3, 5, 7, 9, 15 and 30 these came closest on three labs of machines
# that were busy now and then: fewer follow a single odd run, more a load that has passed.
LOOKED_AT = 7
MOST_KINDS = 50  # that are looked at together

Kind = tuple[str, str]  # dataset, network


@dataclass(frozen=True)
class Work:
    """What is to be done of a run."""

    kind: Kind
    size: float  # proportional to the training images, for runs on one dataset
    epochs: int  # that are left
    devices: int = 1
    eta: float | None = None  # seconds, as its own trainer says: better than any estimate
    begun: bool = False  # its data is loaded

    @classmethod
    def of_spec(cls, spec: Mapping[str, Any], done: int = 0) -> Work:
        """A run that is queued, `done` epochs of which are recorded."""
        kind = (spec["dataset"]["name"], spec["model"]["name"])
        return cls(kind, _size(spec), max(1, spec["epochs"] - done), devices_of(spec))


@dataclass(frozen=True)
class Pace:
    """What runs of one kind take, in seconds; medians of `based_on` runs."""

    epoch: float  # for a run of size 1
    beside: float  # the epochs
    based_on: int


@dataclass(frozen=True)
class SweepEstimate:
    """`seconds` on the clock with `at_once` runs at a time; None where no run like it is known."""

    seconds: float | None
    at_once: int
    based_on: int


class Paces:
    """The pace of each kind of run that is known."""

    def __init__(self, by_kind: Mapping[Kind, Pace]) -> None:
        self.by_kind = by_kind

    def seconds(self, work: Work) -> float:
        """Infinite where nothing is known."""
        if work.eta is not None:
            return work.eta
        pace = self.by_kind.get(work.kind)
        if pace is None:
            return math.inf
        return (0.0 if work.begun else pace.beside) + pace.epoch * work.size * work.epochs

    def based_on(self, works: Iterable[Work]) -> int:
        """The smallest number of runs that one of them is judged by."""
        return min((self.by_kind[work.kind].based_on for work in works), default=0)


def learn(session: Session, kinds: Iterable[Kind]) -> Paces:
    """What the newest runs of these kinds took; one query."""
    wanted = sorted(set(kinds))[:MOST_KINDS]
    if not wanted:
        return Paces({})
    rows = session.execute(union_all(*(select(_newest(kind).subquery()) for kind in wanted)))
    by_kind: dict[Kind, list[Row[Any]]] = {}
    for row in rows:
        by_kind.setdefault((row.dataset, row.model), []).append(row)
    return Paces({kind: _pace(recorded) for kind, recorded in by_kind.items()})


def estimate(session: Session, spec: RunSpec) -> tuple[float | None, int]:
    """Seconds of a run from its claim to its end, or None, and of how many runs that is judged."""
    work = Work.of_spec(spec.model_dump(mode="json"))
    paces = learn(session, [work.kind])
    return (paces.seconds(work), paces.based_on([work])) if paces.by_kind else (None, 0)


def estimate_sweep(
    session: Session, specs: Sequence[RunSpec], parallel: int | None = None
) -> SweepEstimate:
    """Of runs that all start now, on the slots of the workers online; without one, on one slot."""
    works = [Work.of_spec(spec.model_dump(mode="json")) for spec in specs]
    paces = learn(session, {work.kind for work in works})
    at_once = _at_once(session, works, parallel)
    seconds = wall_clock(paces, works, at_once)
    if seconds is None:
        return SweepEstimate(None, at_once, 0)
    return SweepEstimate(seconds, at_once, paces.based_on(works))


def seconds_left(session: Session, experiment_id: int, parallel: int | None) -> float | None:
    """Until an experiment's runs have ended, on the slots online; None while that is not known."""
    rows = session.execute(
        select(Run.spec, Run.epoch, Run.state, Run.eta_seconds)
        .where(Run.experiment_id == experiment_id, Run.source == RunSource.TRAINED)
        .where(Run.deleted_at.is_(None), Run.state.in_(OPEN))
        .order_by(Run.state != RunState.RUNNING, Run.id)
    ).all()
    works = [open_work(row) for row in rows]
    if not works:
        return None
    return wall_clock(
        learn(session, {work.kind for work in works}), works, _at_once(session, works, parallel)
    )


def open_work(row: Row[Any]) -> Work:
    """Of an open run's `spec`, `epoch`, `state` and `eta_seconds`."""
    work = Work.of_spec(row.spec, row.epoch)
    if row.state != RunState.RUNNING:
        return work
    begun = row.epoch > 0
    return Work(work.kind, work.size, work.epochs, work.devices, row.eta_seconds, begun)


def wall_clock(paces: Paces, works: Sequence[Work], at_once: int) -> float | None:
    """Seconds until all of them have ended, so many at once; None where one of them is unknown."""
    slots = max(at_once, *(work.devices for work in works))
    queue = [(number, work.devices, paces.seconds(work)) for number, work in enumerate(works)]
    starts = lay_out({"": [0.0] * slots}, queue)
    ends = [starts.get(number, math.inf) + seconds for number, _, seconds in queue]
    return max(ends) if all(map(math.isfinite, ends)) else None


def slots_online(session: Session) -> int:
    """Slots of the workers that take runs; 0 when nobody does."""
    return sum(worker.slots for worker in workers.online(session) if not worker.draining)


def lay_out(
    free_at: Mapping[str, list[float]], queue: Sequence[tuple[int, int, float]]
) -> dict[int, float]:
    """Start of each of `queue` (run, devices, seconds), given when each worker's slots are free.

    A run that fits no worker, or waits for one whose end nobody knows, is left out.
    """
    slots = {name: sorted(times) for name, times in free_at.items() if times}
    starts: dict[int, float] = {}
    latest = 0.0  # nothing overtakes: who waits for several devices holds up those behind it
    for run_id, devices, seconds in queue:
        fitting = [name for name, times in slots.items() if len(times) >= devices]
        if not fitting:
            continue
        name = min(fitting, key=lambda name: slots[name][devices - 1])
        latest = max(latest, slots[name][devices - 1])
        if math.isfinite(latest):
            starts[run_id] = latest
        slots[name] = sorted([*slots[name][devices:], *[latest + seconds] * devices])
    return starts


def _at_once(session: Session, works: Sequence[Work], parallel: int | None) -> int:
    slots = slots_online(session) or 1
    return max(1, min(len(works), slots, parallel or len(works)))


_first, _late = aliased(Epoch), aliased(Epoch)  # the first epoch, and the last but one


def _newest(kind: Kind) -> Any:
    """The newest runs of a kind that have an epoch, with what they tell of their times."""
    dataset, model = kind
    own = RunMetric.run_id == Run.id
    return (
        select(
            Run.dataset,
            Run.model,
            Run.spec,
            Run.state,
            Run.attempt,
            Run.started_at,
            Run.finished_at,
            Run.epochs,
            RunMetric.last.label("epoch_seconds"),
            _first.attempt.label("first_attempt"),
            _first.recorded_at.label("first_at"),
            _first.metrics.label("first_metrics"),
            _late.attempt.label("late_attempt"),
            _late.recorded_at.label("late_at"),
            _late.metrics.label("late_metrics"),
        )
        .join(RunMetric, and_(own, RunMetric.name == EPOCH_SECONDS, RunMetric.last > 0))
        .outerjoin(_first, and_(_first.run_id == Run.id, _first.epoch == 1))
        .outerjoin(_late, and_(_late.run_id == Run.id, _late.epoch == Run.epochs - 1))
        .where(Run.dataset == dataset, Run.model == model, Run.source == RunSource.TRAINED)
        .order_by(Run.id.desc())
        .limit(LOOKED_AT)
    )


def _pace(recorded: Sequence[Row[Any]]) -> Pace:
    begins = [seconds for row in recorded if (seconds := _start_seconds(row)) is not None]
    ends = [seconds for row in recorded if (seconds := _end_seconds(row)) is not None]
    beside = (median(begins) if begins else 0.0) + (median(ends) if ends else 0.0)
    return Pace(
        epoch=median(_epoch_seconds(row) / _size(row.spec) for row in recorded),
        beside=beside,
        based_on=len(recorded),
    )


def _epoch_seconds(row: Row[Any]) -> float:
    """Of an epoch but the last: on the clock between records of one attempt, else as it said."""
    if row.late_at is None:
        return float(row.epoch_seconds)
    between = row.epochs - 2
    if between > 0 and row.first_at is not None and row.first_attempt == row.late_attempt:
        return _seconds(row.first_at, row.late_at) / between
    return float(row.late_metrics.get(EPOCH_SECONDS) or row.epoch_seconds)


def _start_seconds(row: Row[Any]) -> float | None:
    """From the claim to the first epoch's begin; None where another attempt recorded that epoch."""
    if row.first_attempt != 1 or row.attempt != 1 or row.started_at is None:
        return None
    # The first epoch warms up: what it takes longer than the others is part of the start.
    usual = row.first_metrics.get(EPOCH_SECONDS) if row.late_at is None else _epoch_seconds(row)
    return max(0.0, _seconds(row.started_at, row.first_at) - (usual or 0.0))


def _end_seconds(row: Row[Any]) -> float | None:
    """What a finished run's last epoch took longer, with all that came after it."""
    if row.state != RunState.FINISHED or row.attempt != 1 or row.finished_at is None:
        return None
    if row.late_at is None:  # its only epoch
        return None if row.first_at is None else _seconds(row.first_at, row.finished_at)
    return max(0.0, _seconds(row.late_at, row.finished_at) - _epoch_seconds(row))


def _seconds(begin: datetime, end: datetime) -> float:
    return max(0.0, (end - begin).total_seconds())


def _size(spec: Mapping[str, Any]) -> float:
    kept = 1 - spec.get("holdout", 0.0) if spec.get("eval_on") == "holdout" else 1.0
    return float(spec["dataset"].get("train_per_class", 1)) * kept
