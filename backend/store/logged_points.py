"""What a loop measured, by epoch or by step, recorded under the lock of its run.

Epochs go where a trainer's go (`epochs`, one row for all metrics of an epoch), steps into chunks
(step_chunks). The same point again replaces what it said before. Functions do not commit.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.schemas.events import EpochEvent
from backend.schemas.runs import RunProgress
from backend.store import events, step_chunks
from backend.store.errors import Unfit
from backend.store.run_index import index_summary
from backend.store.sparklines import sparkline
from backend.store.step_chunks import Extreme, Points
from backend.store.summary import beats, better_side, recompute
from backend.store.tables import Epoch, Run
from backend.store.upsert import upsert

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_METRICS = 1000  # of a run
_ANNOUNCED = 20  # epochs of one call that viewers are told of one by one
_AT_ONCE = 500  # epochs that a query names

Values = dict[str, float | None]


@dataclass
class LoggedPoints:
    """The points of one call; what they say of one place is one thing, the later one wins."""

    epochs: dict[int, Values] = field(default_factory=dict)
    epoch_times: dict[int, datetime] = field(default_factory=dict)
    # By their metrics, a row each as it came, for a call has thousands: place, step, time, values.
    steps: dict[tuple[str, ...], list[tuple[float | None, ...]]] = field(default_factory=dict)

    def add_epoch(self, epoch: int, time: datetime, metrics: Mapping[str, float | None]) -> None:
        """NaN and infinity are kept as null: a gap."""
        values = {name: _finite(value) for name, value in metrics.items()}
        self.epochs.setdefault(epoch, {}).update(values)
        self.epoch_times[epoch] = time

    def add_step(
        self, place: int, step: int, time: float, metrics: Mapping[str, float | None]
    ) -> None:
        """`place` within the call, for the later of two counts; `time` in seconds since 1970."""
        rows = self.steps.setdefault(tuple(metrics), [])
        rows.append((place, step, time, *metrics.values()))

    @property
    def names(self) -> set[str]:
        """The metrics that they are of."""
        return {name for values in (*self.epochs.values(), *self.steps) for name in values}

    def by_metric(self) -> dict[str, Points]:
        """The steps of each metric, ascending; of two points of one step the later one's value."""
        parts: dict[str, list[tuple[NDArray[np.float64], Points]]] = {}
        for names, rows in self.steps.items():
            # A double counts steps exactly as far as they go (2**53); None becomes NaN.
            places, steps, times, *values = np.array(rows, np.float64).T
            for name, column in zip(names, values, strict=True):
                gaps = np.where(np.isfinite(column), column, np.nan)
                points = Points(steps.astype(np.int64), times, gaps)
                parts.setdefault(name, []).append((places, points))
        return {name: _in_order(columns) for name, columns in parts.items()}


def record(session: Session, run: Run, points: LoggedPoints) -> None:
    """Stores them and renews the run's summary; `run` is open and locked.

    Raises Unfit where the run would have too many metrics.
    """
    summary = dict(run.summary)
    count = len(points.names | set(summary))
    if count > MOST_METRICS:
        raise Unfit(
            "points", f"the run would have {count:,} metrics; a run takes at most {MOST_METRICS:,}"
        )
    if points.epochs:
        summary = _record_epochs(session, run, points, summary)
    if points.steps:
        summary |= _record_steps(session, run, points, summary)
    run.summary = summary
    index_summary(session, run.id, {name: summary[name] for name in points.names})
    session.flush()
    _announce(session, run, points)


def last_epoch(session: Session, run: Run) -> int | None:
    """The run's highest logged epoch; 0 is one too."""
    if run.epoch > 0:
        return run.epoch
    return session.scalar(select(func.max(Epoch.epoch)).where(Epoch.run_id == run.id))


def _record_epochs(
    session: Session, run: Run, points: LoggedPoints, summary: dict[str, Any]
) -> dict[str, Any]:
    before = last_epoch(session, run)
    numbers = sorted(points.epochs)
    stored = _stored(session, run.id, [n for n in numbers if before is not None and n <= before])
    whole = {number: {**stored.get(number, {}), **points.epochs[number]} for number in numbers}
    upsert(
        session,
        Epoch,
        [
            {
                "run_id": run.id,
                "epoch": number,
                "attempt": 0,
                "metrics": metrics,
                "warnings": [],
                "recorded_at": points.epoch_times[number],
            }
            for number, metrics in whole.items()
        ],
    )
    run.epoch = max(run.epoch, numbers[-1])
    better = run.better or {}
    if before is None or numbers[0] > before or _adds_to(stored, points, before):
        merged = recompute(sorted(points.epochs.items()), _of_epochs(summary), better)
    else:  # what was replaced, or came late, may have been the best or the last
        rows = session.execute(
            select(Epoch.epoch, Epoch.metrics).where(Epoch.run_id == run.id).order_by(Epoch.epoch)
        )
        merged = recompute(((row.epoch, row.metrics) for row in rows), {}, better)
    run.sparkline = sparkline(session, run.id, run.epoch)
    return {**summary, **merged}


def _adds_to(stored: Mapping[int, Values], points: LoggedPoints, last: int) -> bool:
    """Whether they begin with the last epoch and say nothing of it that it has already."""
    return min(points.epochs) == last and not stored[last].keys() & points.epochs[last].keys()


def _of_epochs(summary: Mapping[str, Any]) -> dict[str, Any]:
    """Without what was measured by step alone: its best step is none of the epochs."""
    return {name: entry for name, entry in summary.items() if "best_step" not in entry}


def _stored(session: Session, run_id: int, numbers: Sequence[int]) -> dict[int, Values]:
    rows: dict[int, Values] = {}
    for start in range(0, len(numbers), _AT_ONCE):
        some = Epoch.epoch.in_(numbers[start : start + _AT_ONCE])
        query = select(Epoch.epoch, Epoch.metrics).where(Epoch.run_id == run_id, some)
        rows |= {row.epoch: row.metrics for row in session.execute(query)}
    return rows


def _record_steps(
    session: Session, run: Run, points: LoggedPoints, summary: Mapping[str, Any]
) -> dict[str, Any]:
    """The entries of the metrics that have no epochs: where there are some, those count."""
    arrays = points.by_metric()
    behind = step_chunks.record(session, run.id, arrays)
    run.last_step = max(
        run.last_step if run.last_step is not None else 0,
        *(int(each.steps[-1]) for each in arrays.values()),
    )
    entries = {}
    for name, new in arrays.items():
        old = summary.get(name)
        if old is not None and "best_step" not in old:
            continue
        side = better_side(name, run.better or {})
        if name in behind or old is None:  # what was replaced may have been the best or the last
            last = step_chunks.last(session, run.id, name)
            best = step_chunks.best(session, run.id, name, side)
        else:
            last = _finite(float(new.values[-1]))
            best = step_chunks.best_of(new, side)
            if best is None or not beats(side, best.value, old["best"]):
                best = Extreme(old["best"], old["best_step"])
        value, step = best or (None, None)
        entries[name] = {"last": last, "best": value, "best_epoch": None, "best_step": step}
    return entries


def _in_order(columns: Sequence[tuple[NDArray[np.float64], Points]]) -> Points:
    """One metric's points of a call, ascending."""
    places, points = zip(*columns, strict=True)
    whole = step_chunks.concatenated(points)
    if len(columns) > 1:
        whole = whole.at(np.argsort(np.concatenate(places)))
    return step_chunks.merged([whole])


def _finite(value: float | None) -> float | None:
    return value if value is not None and math.isfinite(value) else None


def _announce(session: Session, run: Run, points: LoggedPoints) -> None:
    """To whoever watches: the newest epochs, or how many steps there are."""
    for number in sorted(points.epochs)[-_ANNOUNCED:]:
        events.append(session, run.id, "epoch", epoch_event(run, number, points.epochs[number]))
    if points.steps:
        progress: RunProgress = {
            "stage": run.stage,
            "epoch": run.epoch,
            "epochs": run.epochs,
            "step": run.last_step or 0,
            "steps": 0,
            "eta_seconds": None,
            "images_per_second": None,
        }
        events.append(session, run.id, "progress", progress)


def epoch_event(run: Run, epoch: int, metrics: Values | None = None) -> EpochEvent:
    """What a loop logged of an epoch, but for its matrices."""
    return {
        "epoch": epoch,
        "epochs": run.epochs,
        "attempt": run.attempt,
        "eta_seconds": None,
        "metrics": metrics or {},
        "matrices": {},
        "warnings": [],
    }
