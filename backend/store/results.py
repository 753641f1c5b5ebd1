"""What tables are made of: the specs and results of many runs, in two queries."""

from __future__ import annotations

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.store.listing import RunQuery, condition
from backend.store.tables import Epoch, Run

MOST = 10_000  # runs of one table
TEN = 10  # epochs whose mean papers report beside the last


def results(
    session: Session, query: RunQuery, *, ids: tuple[int, ...] = ()
) -> list[dict[str, Any]]:
    """`{"id", "name", "spec", "summary"}` of the runs that `query` finds, oldest first.

    `ids` narrows it to these. Runs that are archived count when they are named.
    """
    statement = select(Run.id, Run.name, Run.spec, Run.summary).where(
        Run.deleted_at.is_(None), *condition(query)
    )
    if ids:
        statement = statement.where(Run.id.in_(ids))
    rows = session.execute(statement.order_by(Run.id).limit(MOST))
    return [dict(row._mapping) for row in rows]


def add_last_ten(session: Session, found: list[dict[str, Any]], metric: str) -> None:
    """Gives each of `found` the mean of `metric` over its last ten epochs, as `last_ten`."""
    value = Epoch.metrics[metric].as_float()
    rows = session.execute(
        select(Epoch.run_id, func.avg(value).label("mean"))
        .join(Run, Run.id == Epoch.run_id)
        .where(Epoch.run_id.in_([run["id"] for run in found]), Epoch.epoch > Run.epoch - TEN)
        .group_by(Epoch.run_id)
    )
    means = {row.run_id: row.mean for row in rows}
    for run in found:
        run["last_ten"] = {metric: means.get(run["id"])}
