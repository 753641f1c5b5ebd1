"""Queries of metrics: the series of one run, and several runs side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.schemas.metrics import EpochWarning, Series
from backend.store.tables import Epoch
from ols.spec.metrics import in_order


def series(
    session: Session, run_id: int, *, names: Sequence[str] | None = None, after: int = 0
) -> Series:
    """Of the epochs above `after`; every metric that one of them has, or those named."""
    query = select(Epoch.epoch, Epoch.metrics).where(Epoch.run_id == run_id, Epoch.epoch > after)
    rows = session.execute(query.order_by(Epoch.epoch)).all()
    return _columns([(row.epoch, row.metrics) for row in rows], names)


def many_series(
    session: Session, run_ids: Sequence[int], *, names: Sequence[str] | None = None
) -> dict[int, Series]:
    """`series` for each of these runs, in one query."""
    query = select(Epoch.run_id, Epoch.epoch, Epoch.metrics).where(Epoch.run_id.in_(run_ids))
    rows: dict[int, list[tuple[int, dict[str, Any]]]] = {run_id: [] for run_id in run_ids}
    for run_id, epoch, metrics in session.execute(query.order_by(Epoch.run_id, Epoch.epoch)):
        rows[run_id].append((epoch, metrics))
    return {run_id: _columns(epochs, names) for run_id, epochs in rows.items()}


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


def _columns(rows: list[tuple[int, dict[str, Any]]], names: Sequence[str] | None) -> Series:
    if names is None:
        names = in_order({name for _, metrics in rows for name in metrics})
    return {
        "names": list(names),
        "epochs": [epoch for epoch, _ in rows],
        "values": {name: [metrics.get(name) for _, metrics in rows] for name in names},
    }
