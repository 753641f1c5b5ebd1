"""Every value of some runs' metrics, one row each: run, name, epoch or step, time, value."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from sqlalchemy import select

from backend.schemas.logged import MetricPoint
from backend.store import step_chunks
from backend.store.database import Database
from backend.store.tables import Epoch
from ols.spec.metrics import in_order


def points(
    database: Database, run_ids: Sequence[int], names: Sequence[str]
) -> Iterator[list[MetricPoint]]:
    """Batches of rows, run by run and metric by metric, by epoch and then by step; without `names`
    every metric. No transaction is open between two batches."""
    for run_id in run_ids:
        yield from _of_epochs(database, run_id, names)
        with database.read() as session:
            by_step = in_order(step_chunks.names(session, run_id))
        for name in by_step:
            if not names or name in names:
                yield from _of_steps(database, run_id, name)


def _of_epochs(
    database: Database, run_id: int, names: Sequence[str]
) -> Iterator[list[MetricPoint]]:
    query = select(Epoch.epoch, Epoch.recorded_at, Epoch.metrics).where(Epoch.run_id == run_id)
    with database.read() as session:
        rows = session.execute(query.order_by(Epoch.epoch)).all()
    measured = in_order({name for row in rows for name in row.metrics})
    for name in measured:
        if not names or name in names:
            yield [
                {
                    "run": run_id,
                    "name": name,
                    "epoch": row.epoch,
                    "step": None,
                    "time": row.recorded_at,
                    "value": row.metrics[name],
                }
                for row in rows
                if name in row.metrics
            ]


def _of_steps(database: Database, run_id: int, name: str) -> Iterator[list[MetricPoint]]:
    after = -1
    while True:
        with database.read() as session:
            chunk = step_chunks.next_chunk(session, run_id, name, after)
        if chunk is None:
            return
        after = int(chunk.steps[-1])
        yield [
            {
                "run": run_id,
                "name": name,
                "epoch": None,
                "step": step,
                "time": datetime.fromtimestamp(time, UTC),
                "value": None if math.isnan(value) else value,
            }
            for step, time, value in zip(*(column.tolist() for column in chunk), strict=True)
        ]
