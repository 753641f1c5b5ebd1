"""What tables are made of: the specs and results of many runs, in two queries."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, cast

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from backend.schemas.runs import RunResult
from backend.store.listing import RunQuery, condition
from backend.store.tables import Epoch, Run

MOST = 10_000  # runs of one table
TEN = 10  # epochs whose mean papers report beside the last


def results(session: Session, query: RunQuery, *, ids: tuple[int, ...] = ()) -> list[RunResult]:
    """Of the runs that `query` finds, oldest first.

    `ids` narrows it to these. Runs that are archived count when they are named.
    """
    names = (Run.method, Run.dataset, Run.model, Run.noise_rate)
    parent = (Run.parent_id, Run.fork_epoch)
    columns = (Run.id, Run.name, Run.state, Run.spec, Run.config, *names, Run.summary, *parent)
    statement = select(*columns).where(Run.deleted_at.is_(None), *condition(query))
    if ids:
        statement = statement.where(Run.id.in_(ids))
    rows = session.execute(statement.order_by(Run.id).limit(MOST))
    return [_result(row._asdict()) for row in rows]


def _result(row: dict[str, Any]) -> RunResult:
    number, epoch = row.pop("parent_id"), row.pop("fork_epoch")
    parent = None if number is None else {"run": number, "epoch": epoch}
    return cast(RunResult, {**row, "parent": parent})


def add_last_ten(session: Session, runs: list[RunResult], metrics: Sequence[str]) -> None:
    """Gives each of `runs` the means of `metrics` over its last ten epochs, as `last_ten`."""
    means = [func.avg(Epoch.metrics[metric].as_float()) for metric in metrics]
    rows = session.execute(
        select(Epoch.run_id, *means)
        .join(Run, Run.id == Epoch.run_id)
        .where(Epoch.run_id.in_([run["id"] for run in runs]), Epoch.epoch > Run.epoch - TEN)
        .group_by(Epoch.run_id)
    )
    by_run = {row[0]: row[1:] for row in rows}
    for run in runs:
        values = by_run.get(run["id"], [None] * len(metrics))
        run["last_ten"] = dict(zip(metrics, values, strict=True))
