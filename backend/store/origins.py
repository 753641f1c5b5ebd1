"""Where runs come from: what each attempt of a run, or each start of a loop, said of itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

from sqlalchemy import delete, func, select
from sqlalchemy.orm import Session, undefer

from backend.schemas.origins import Origin
from backend.store.errors import NotFound
from backend.store.jsonable import clean_text, plain_json
from backend.store.runs import require
from backend.store.tables import RunOrigin
from backend.store.upsert import upsert
from ols.provenance.origin import Facts

MOST = 100  # of a run: a loop may be started anew every minute


def record(session: Session, run_id: int, attempt: int, facts: Facts, changes: str) -> None:
    """That of one attempt, in place of what it said before."""
    row = {
        "run_id": run_id,
        "attempt": attempt,
        "facts": plain_json(facts),
        "changes": clean_text(changes) or None,
        "recorded_at": datetime.now(UTC),
    }
    upsert(session, RunOrigin, [row])
    session.execute(
        delete(RunOrigin).where(RunOrigin.run_id == run_id, RunOrigin.attempt <= attempt - MOST)
    )


def record_start(session: Session, run_id: int, facts: Facts, changes: str) -> int:
    """That of a loop that was started; its number, the last one where nothing is otherwise."""
    query = select(RunOrigin).where(RunOrigin.run_id == run_id)
    newest = session.scalars(
        query.order_by(RunOrigin.attempt.desc()).limit(1).options(undefer(RunOrigin.changes))
    ).first()
    same = newest is not None and newest.facts == plain_json(facts)
    if newest is not None and same and (newest.changes or "") == clean_text(changes):
        return newest.attempt
    attempt = 1 if newest is None else newest.attempt + 1
    record(session, run_id, attempt, facts, changes)
    return attempt


def listing(session: Session, run_id: int) -> list[Origin]:
    """The newest attempt first."""
    query = select(RunOrigin, RunOrigin.changes.is_not(None)).where(RunOrigin.run_id == run_id)
    rows = session.execute(query.order_by(RunOrigin.attempt.desc()))
    return [
        {
            "attempt": row.attempt,
            "recorded_at": row.recorded_at,
            "changes": changes,
            **cast(Facts, row.facts),
        }
        for row, changes in rows
    ]


def changes(session: Session, run_id: int, attempt: int) -> str:
    """The diff of an attempt's code; raises NotFound where none was recorded."""
    where = (RunOrigin.run_id == run_id, RunOrigin.attempt == attempt)
    text = session.scalar(select(RunOrigin.changes).where(*where))
    if text is None:
        require(session, run_id)
        raise NotFound(f"Run {run_id} recorded no changes of its code in attempt {attempt}.")
    return text


def newest(session: Session, run_ids: Iterable[int]) -> dict[int, Facts]:
    """Of each run's last attempt; of runs that recorded none nothing."""
    last = (
        select(RunOrigin.run_id, func.max(RunOrigin.attempt).label("attempt"))
        .where(RunOrigin.run_id.in_(list(run_ids)))
        .group_by(RunOrigin.run_id)
        .subquery()
    )
    query = select(RunOrigin.run_id, RunOrigin.facts).join(
        last, (RunOrigin.run_id == last.c.run_id) & (RunOrigin.attempt == last.c.attempt)
    )
    return {row.run_id: cast(Facts, row.facts) for row in session.execute(query)}
