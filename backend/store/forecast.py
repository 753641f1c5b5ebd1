"""When queued runs may start: the queue, laid out on the slots of the workers that are online.

Each run in its order goes to the worker where enough slots are free first, as the claims do. How
long a slot is taken a running run says itself (`eta_seconds`); for a queued one, and one that has
not said anything yet, it is what an epoch took finished runs with the same dataset and model.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from sqlalchemy import Row, select
from sqlalchemy.orm import Session

from backend.core.run_states import RunState
from backend.store.claims import QUEUE_ORDER, wanted_devices
from backend.store.tables import Run

FORESEEN = 1000  # queued runs; those behind them get no forecast
LOOKED_AT = 200  # the newest finished runs, of which an epoch's seconds are learned

_per_class = Run.spec["dataset"]["train_per_class"].as_float().label("per_class")
_kind = (Run.dataset, Run.model, _per_class)
_left = (Run.epochs - Run.epoch).label("left")
_shape = (Run.id, *_kind, _left, Run.eta_seconds, Run.worker, wanted_devices.label("devices"))

_Kind = tuple[str, str, float | None]  # runs of one kind take the same time for an epoch


@dataclass(frozen=True)
class _Work:
    """A run as the forecast sees it."""

    run_id: int
    kind: _Kind
    epochs: int  # that are left
    eta: float | None  # seconds
    worker: str | None
    devices: int

    def seconds(self, an_epoch: Mapping[_Kind, float]) -> float:
        """Infinite when nothing is known."""
        if self.eta is not None:
            return self.eta
        return an_epoch.get(self.kind, math.inf) * max(1, self.epochs)


def expected_starts(session: Session, capacities: Mapping[str, int]) -> dict[int, float]:
    """Seconds until each of the first queued runs starts, where that can be told.

    `capacities`: how many slots each worker has that is online and claims. Three queries.
    """
    if not any(capacities.values()):
        return {}
    queued = select(*_shape).where(Run.state == RunState.QUEUED, Run.deleted_at.is_(None))
    waiting = _works(session.execute(queued.order_by(*QUEUE_ORDER).limit(FORESEEN)).all())
    training = _works(session.execute(select(*_shape).where(Run.state == RunState.RUNNING)).all())
    an_epoch = _epoch_seconds(session)
    return lay_out(
        _free_at(training, capacities, an_epoch),
        [(work.run_id, work.devices, work.seconds(an_epoch)) for work in waiting],
    )


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


def _works(rows: Sequence[Row[Any]]) -> list[_Work]:
    return [
        _Work(row.id, _kind_of(row), row.left, row.eta_seconds, row.worker, row.devices)
        for row in rows
    ]


def _kind_of(row: Row[Any]) -> _Kind:
    return row.dataset, row.model, row.per_class


def _free_at(
    training: Sequence[_Work],
    capacities: Mapping[str, int],
    an_epoch: Mapping[_Kind, float],
) -> dict[str, list[float]]:
    taken: dict[str, list[float]] = {name: [] for name in capacities}
    for work in training:
        if work.worker in taken:
            taken[work.worker] += [work.seconds(an_epoch)] * work.devices
    return {
        name: (taken[name] + [0.0] * capacity)[: max(capacity, 0)]
        for name, capacity in capacities.items()
    }


def _epoch_seconds(session: Session) -> dict[_Kind, float]:
    """What an epoch took of each kind of run, as the median over its finished runs."""
    seconds = Run.summary["epoch_seconds"]["last"].as_float().label("seconds")
    query = select(*_kind, seconds).where(Run.state == RunState.FINISHED).order_by(Run.id.desc())
    found: dict[_Kind, list[float]] = {}
    for row in session.execute(query.limit(LOOKED_AT)):
        if row.seconds is not None:
            found.setdefault(_kind_of(row), []).append(row.seconds)
    return {kind: median(values) for kind, values in found.items()}
