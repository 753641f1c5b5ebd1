"""Writes a run's summary, with the copies of it that lists search and show."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from backend.store.run_index import forget_summary, index_summary
from backend.store.sparklines import sparkline
from backend.store.summary import recompute
from backend.store.tables import Epoch, Run


def set_summary(session: Session, run: Run, summary: dict[str, Any]) -> None:
    """Of the epochs up to `run.epoch`."""
    run.summary = summary
    index_summary(session, run.id, summary)
    run.sparkline = sparkline(session, run.id, run.epoch)


def recount(session: Session, run: Run) -> None:
    """From the epochs themselves, after some were taken back or copied."""
    forget_summary(session, run.id)
    rows = session.execute(
        select(Epoch.epoch, Epoch.metrics).where(Epoch.run_id == run.id).order_by(Epoch.epoch)
    )
    set_summary(session, run, recompute((row.epoch, row.metrics) for row in rows))
