"""Queries of metrics: the series of one run, by epoch or by step, and several runs side by side."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from pydantic_core import from_json
from sqlalchemy import ColumnElement, Text, cast, select
from sqlalchemy.orm import Session

from backend.core import late_numpy as np
from backend.schemas.metrics import EpochWarning, Series, StepSeries
from backend.store import step_chunks
from backend.store.step_chunks import Points
from backend.store.tables import Epoch
from backend.store.thinning import LEAST, thinned
from ols.spec.metrics import in_order

if TYPE_CHECKING:
    from numpy.typing import NDArray


def series(
    session: Session,
    run_id: int,
    *,
    names: Sequence[str] | None = None,
    after: int = -1,
    most: int | None = None,
) -> Series:
    """Of the epochs above `after`; every metric that one of them has, or those named.

    `most`: only so many epochs, those with the lowest and highest values.
    """
    measured = _measured(session, Epoch.run_id == run_id, Epoch.epoch > after)
    rows = [(epoch, values) for _, epoch, values in measured]
    columns = _columns(rows, names)
    if most is None or len(rows) <= most or not columns["names"]:
        return columns
    curves = [np.array(values, np.float64) for values in columns["values"].values()]
    share = max(LEAST, most // len(curves))
    places = np.unique(np.concatenate([thinned(curve, share) for curve in curves])).tolist()
    return {
        "names": columns["names"],
        "epochs": [columns["epochs"][place] for place in places],
        "values": {
            name: [values[place] for place in places] for name, values in columns["values"].items()
        },
    }


def step_series(
    session: Session,
    run_id: int,
    *,
    names: Sequence[str] | None = None,
    after: int = -1,
    most: int | None = None,
) -> StepSeries:
    """Of the steps above `after`; every metric that was logged by step, or those named.

    `most`: only so many steps, those with the lowest and highest values of each metric; a metric's
    value at a step that was chosen for another one is null where it is not at hand.
    """
    chosen = list(names or in_order(step_chunks.names(session, run_id)))
    share = None if most is None else max(LEAST, most // max(1, len(chosen)))
    curves = {
        name: step_chunks.read(session, run_id, name, after=after, most=share) for name in chosen
    }
    kept = [
        points.steps if share is None else points.steps[thinned(points.values, share)]
        for points in curves.values()
    ]
    steps = np.unique(np.concatenate(kept)) if kept else np.empty(0, np.int64)
    return {
        "names": chosen,
        "steps": steps.tolist(),
        "values": {name: _at(points, steps) for name, points in curves.items()},
    }


def step_curves(
    session: Session, run_id: int, most: int
) -> dict[str, tuple[list[int], list[float | None]]]:
    """Each metric that was logged by step, by itself: at most so many of its points."""
    curves = {}
    for name in in_order(step_chunks.names(session, run_id)):
        points = step_chunks.read(session, run_id, name, most=most)
        kept = points.at(thinned(points.values, most))
        curves[name] = (kept.steps.tolist(), _at(kept, kept.steps))
    return curves


def _at(points: Points, steps: NDArray[np.int64]) -> list[float | None]:
    """The values at these steps, null where there is none."""
    if not len(points.steps):
        return [None] * len(steps)
    places = np.searchsorted(points.steps, steps).clip(max=len(points.steps) - 1)
    there = (points.steps[places] == steps) & np.isfinite(points.values[places])
    values = points.values[places].astype(object)
    values[~there] = None
    return values.tolist()


def many_series(
    session: Session, run_ids: Sequence[int], *, names: Sequence[str] | None = None
) -> dict[int, Series]:
    """`series` for each of these runs, in one query."""
    epochs: dict[int, list[tuple[int, dict[str, Any]]]] = {run_id: [] for run_id in run_ids}
    for run_id, epoch, values in _measured(session, Epoch.run_id.in_(run_ids)):
        epochs[run_id].append((epoch, values))
    return {run_id: _columns(of_one, names) for run_id, of_one in epochs.items()}


def one_of_many(session: Session, run_ids: Sequence[int], name: str) -> dict[int, dict[int, float]]:
    """`{run: {epoch: value}}` of one metric; what an epoch does not have is left out."""
    value = Epoch.metrics[name].as_float().label("value")
    query = select(Epoch.run_id, Epoch.epoch, value).where(Epoch.run_id.in_(run_ids))
    by_run: dict[int, dict[int, float]] = {}
    for row in session.execute(query.order_by(Epoch.run_id, Epoch.epoch)):
        if row.value is not None:
            by_run.setdefault(row.run_id, {})[row.epoch] = row.value
    return by_run


def warnings(session: Session, run_id: int) -> list[EpochWarning]:
    """What the trainer warned of, epoch by epoch."""
    query = select(Epoch.epoch, Epoch.warnings).where(Epoch.run_id == run_id)
    rows = session.execute(query.order_by(Epoch.epoch))
    return [{"epoch": epoch, "message": text} for epoch, texts in rows for text in texts]


def _measured(
    session: Session, *where: ColumnElement[bool]
) -> Iterator[tuple[int, int, dict[str, Any]]]:
    """Run, epoch and metrics of these rows, run by run and epoch by epoch. The texts are parsed all
    at once: row by row takes twice the time."""
    table = Epoch.__table__.c
    query = select(table.run_id, table.epoch, cast(table.metrics, Text)).where(*where)
    rows = session.connection().execute(query.order_by(table.run_id, table.epoch)).all()
    parsed = from_json(f"[{','.join([text for _, _, text in rows])}]")
    for (run_id, epoch, _), values in zip(rows, parsed, strict=True):
        yield run_id, epoch, values


def _columns(rows: list[tuple[int, dict[str, Any]]], names: Sequence[str] | None) -> Series:
    if names is None:
        names = in_order({name for _, metrics in rows for name in metrics})
    return {
        "names": list(names),
        "epochs": [epoch for epoch, _ in rows],
        "values": {name: [metrics.get(name) for _, metrics in rows] for name in names},
    }
